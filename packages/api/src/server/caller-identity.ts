/**
 * Whose a connection is. The token of the state directory is its owner's: who can read the directory could do anything to it
 * anyway. Any other token is that of the principal it was issued to. Who it is, is asked again with every call, so that a
 * revocation or a new role holds at once.
 */
import { equalBytes } from "@weftos/crypto";
import type { Principal, Principals, Role } from "@weftos/interface";

/** Who calls. */
export interface Identity {
  readonly name: string;
  readonly role: Role;
}

/** Tells whose a token is; the result tells who that is now, undefined once they may do nothing any more. */
export function identify(
  token: string,
  own: Uint8Array,
  principals: Pick<Principals, "owner" | "list" | "find" | "byToken"> | undefined,
): (() => Identity | undefined) | undefined {
  if (equalBytes(new TextEncoder().encode(token), own)) return () => ownerOf(principals);
  const found = principals?.byToken(token);
  if (principals === undefined || found === undefined) return undefined;
  // A token that was issued anew ends the one before, also on an open connection.
  return () => (principals.byToken(token)?.name === found.name ? identityOf(principals.find(found.name)) : undefined);
}

/** Before anybody is made known, the owner has no name of their own; one that was revoked has nobody in their place. */
function ownerOf(principals: Pick<Principals, "owner" | "list"> | undefined): Identity | undefined {
  const owner = identityOf(principals?.owner());
  if (owner !== undefined || principals?.list().some((one) => one.owner) === true) return owner;
  return { name: "owner", role: "admin" };
}

function identityOf(principal: Principal | undefined): Identity | undefined {
  return principal?.state === "active" ? { name: principal.name, role: principal.role } : undefined;
}
