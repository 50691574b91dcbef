/** Whom the kernel that is asked knows, and which chain a signature is for: it alone takes it. */
import type { JsonObject } from "@weftos/interface";
import type { PrepareAccess } from "../commands/command.ts";
import { objectOf, objectsOf } from "../view/fields.ts";

/** What is known. */
export interface Known {
  readonly chain: string;
  readonly principals: readonly JsonObject[];
  /** The public key of somebody, the one in force; undefined for who is not known. */
  readonly keyOf: (name: string) => string | undefined;
}

/** Asks. */
export async function knownPrincipals({ call }: Pick<PrepareAccess, "call">): Promise<Known> {
  const answer = objectOf(await call("principal.list", {}));
  const principals = objectsOf(answer.principals);
  return {
    chain: String(answer.chain),
    principals,
    keyOf(name) {
      const key = principals.find((one) => one.name === name)?.key;
      return typeof key === "string" ? key : undefined;
    },
  };
}
