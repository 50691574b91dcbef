/**
 * Looks for keys of others in the state directory: whoever can read them signs in the name of all of them, and then neither
 * a quorum nor a second person is one. By the names of the files alone; no key is read.
 */
import type { Files } from "@weftos/interface";
import type { PrincipalRegistry } from "./principal-registry.ts";

const ENDING = ".ed25519";
const MAX_NAMED = 4;

/** Says so in one sentence; undefined when no active principal but the owner has its key there. */
export async function keysBeside(
  files: Pick<Files, "list" | "stat">,
  dir: string,
  registry: PrincipalRegistry,
): Promise<string | undefined> {
  const folder = `${dir}/keys/principals`;
  if ((await files.stat(folder)) === undefined) return undefined;
  const there = new Set((await files.list(folder)).map(({ name }) => name));
  const found = registry
    .list()
    .filter(({ name, state, owner }) => state === "active" && !owner && there.has(`${name}${ENDING}`))
    .map(({ name }) => name);
  if (found.length === 0) return undefined;
  const more = found.length > MAX_NAMED ? ` and ${found.length - MAX_NAMED} more` : "";
  return `the branches are not separated: the keys of ${found.slice(0, MAX_NAMED).join(", ")}${more} lie beside the kernel`;
}
