/** Shows `ipc.dead-letters.purge`: how many were removed. */
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, shown } from "./fields.ts";

export const view: View = (result) => {
  const { purged } = objectOf(result);
  return numberOf(purged) === 1 ? "1 dead letter removed" : `${shown(purged)} dead letters removed`;
};
