/** Branded identifiers, so that a PID is not passed where a sequence is meant. Brands exist at compile time only. */

declare const pidBrand: unique symbol;
declare const nodeBrand: unique symbol;

/**
 * A process id: a positive safe integer, never reused within a state directory; 0 is the kernel.
 * `Messages` is what the process accepts as a message (see `defineAgent({ messages })`).
 */
export type Pid<Messages = unknown> = number & {
  readonly [pidBrand]: true;
  readonly __accepts?: (message: Messages) => void;
};

/** A node id: the lower-case hex of SHAKE-256/128 of the node's Ed25519 public key, 32 characters. */
export type NodeId = string & { readonly [nodeBrand]: true };

/** The PID of the kernel itself. */
export const KERNEL_PID: Pid = 0 as Pid;

/**
 * Marks a number as a PID.
 *
 * @throws RangeError when the number is not a safe integer of 0 or more
 */
export function toPid(value: number): Pid {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`a PID is a safe integer of 0 or more, got ${value}`);
  return value as Pid;
}

/**
 * Marks a string as a node id.
 *
 * @throws RangeError when it is not 32 lower-case hex characters
 */
export function toNodeId(value: string): NodeId {
  if (!/^[0-9a-f]{32}$/.test(value)) throw new RangeError("a node id is 32 lower-case hex characters");
  return value as NodeId;
}
