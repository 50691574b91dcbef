import type { Port } from "../feature/port.ts";
import type { Role } from "./subject.ts";

/** A branch of government: the legislative makes rules, the executive decides at run time, the judicial reviews afterwards. */
export type Branch = "legislative" | "executive" | "judicial";

/** A person or service that a kernel knows by its key. */
export interface Principal {
  /** 1 to 64 lower-case letters, digits, dots, dashes and underscores; never given twice. */
  readonly name: string;
  readonly role: Role;
  /** In whose name it may act; sorted. */
  readonly branches: readonly Branch[];
  /** Its Ed25519 public key, 64 lower-case hex digits. */
  readonly key: string;
  readonly state: "active" | "revoked";
  /** Whether it owns this state directory: who reads the directory's own token acts as it. At most one does. */
  readonly owner: boolean;
  /** Milliseconds UTC. */
  readonly addedAt: number;
  /** Since when it has this key. */
  readonly keySince: number;
  /** Keys it had before, oldest first, each with the time it ended. */
  readonly formerKeys: readonly { readonly key: string; readonly until: number }[];
}

/**
 * Knows the people and services that may act on a kernel.
 *
 * *When called*: by servers for each connection, by governance for each signature. *Errors*: none; what is not known or was
 * revoked is undefined, and proves nothing. *Ordering*: synchronous, the newest state; a revocation holds from the next call
 * on. *Rules*: while none is known at all, the host vouches for who calls.
 */
export interface Principals {
  find(name: string): Principal | undefined;
  /** Who owns the state directory: on whose authority the kernel and its agents act; undefined while nobody does. */
  owner(): Principal | undefined;
  /** All, revoked ones too, in the order in which they were added. */
  list(): readonly Principal[];
  /** Finds whom a token of the API belongs to; undefined for an unknown one, and when its principal was revoked. */
  byToken(token: string): Principal | undefined;
  /** Tells whether an active principal signed exactly this message with the key it has now. */
  verify(name: string, message: Uint8Array, signature: Uint8Array): boolean;
}

export const principals: Port<Principals, "one"> = { name: "Principals", arity: "one" };
