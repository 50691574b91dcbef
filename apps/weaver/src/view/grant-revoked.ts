/** Shows what the revocation of a standing grant did. */
import type { View } from "../commands/command.ts";
import { objectOf, shown } from "./fields.ts";

export const view: View = (result, { style }) => {
  const grant = objectOf(objectOf(result).approval);
  const standing = objectOf(grant.standing);
  return [
    `${style.warn("revoked")}: ${shown(grant.action)} under the ${shown(standing.kind)} ${shown(standing.name)}`,
    "from the next call on, a person is asked again",
    style.faint(`grant ${shown(grant.id)}`),
  ].join("\n");
};
