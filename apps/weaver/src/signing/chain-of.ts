/** Which chain a signature is for: the kernel that is asked says so, since it alone takes it. */
import type { PrepareAccess } from "../commands/command.ts";
import { objectOf } from "../view/fields.ts";

/** Asks. */
export async function chainOf({ call }: Pick<PrepareAccess, "call">): Promise<string> {
  return String(objectOf(await call("principal.list", {})).chain);
}
