// How much was acknowledged as durable (format document, §10): two slots, written in turn, so that one torn write never
// loses both.
import { equalBytes } from "@weftos/crypto";
import { shortHash, writeLength } from "./domain-hash.ts";
import { readNumber } from "./segment.ts";

export const ACKED_FILE_BYTES = 1024;
export const SLOT_STRIDE = 512;
const SLOT_BYTES = 128;
const MAGIC = [0x57, 0x41, 0x43, 0x4b, 2, 0, 0, 0] as const;

/** What was acknowledged. */
export interface Acked {
  readonly counter: number;
  readonly events: number;
  /** Name of the current pair of files: sequence of its first event. */
  readonly first: number;
  readonly eventBytes: number;
  readonly contentBytes: number;
  readonly head: Uint8Array;
}

/** Makes the bytes of a slot; they belong at `slotOffset(counter)`. */
export function encodeSlot(acked: Acked): Uint8Array {
  const slot = new Uint8Array(SLOT_BYTES);
  slot.set(MAGIC);
  writeLength(slot, 8, acked.counter);
  writeLength(slot, 16, acked.events);
  writeLength(slot, 24, acked.first);
  writeLength(slot, 32, acked.eventBytes);
  writeLength(slot, 40, acked.contentBytes);
  slot.set(acked.head, 48);
  slot.set(shortHash(slot.subarray(0, 112)), 112);
  return slot;
}

export function slotOffset(counter: number): number {
  return (counter % 2) * SLOT_STRIDE;
}

/** Reads the newest valid slot; undefined when there is none. */
export function decodeAcked(file: Uint8Array): Acked | undefined {
  const slots = [
    decodeSlot(file.subarray(0, SLOT_BYTES)),
    decodeSlot(file.subarray(SLOT_STRIDE, SLOT_STRIDE + SLOT_BYTES)),
  ];
  let best: Acked | undefined;
  for (const slot of slots) if (slot !== undefined && (best === undefined || slot.counter > best.counter)) best = slot;
  return best;
}

function decodeSlot(slot: Uint8Array): Acked | undefined {
  if (slot.length !== SLOT_BYTES || MAGIC.some((byte, i) => slot[i] !== byte)) return undefined;
  if (!equalBytes(shortHash(slot.subarray(0, 112)), slot.subarray(112))) return undefined;
  return {
    counter: readNumber(slot, 8),
    events: readNumber(slot, 16),
    first: readNumber(slot, 24),
    eventBytes: readNumber(slot, 32),
    contentBytes: readNumber(slot, 40),
    head: slot.slice(48, 80),
  };
}
