// What is known of a chain from outside, held against what a walk meets: a head, a checkpoint, keys.
import { equalBytes, fromHex, toHex } from "@weftos/crypto";
import { parseNote, type SignedCheckpoint } from "../format/checkpoint-note.ts";
import type { EventFields } from "../format/event-record.ts";
import { eventPath } from "../format/file-names.ts";
import type { ChainKeys } from "../format/key-set.ts";
import type { ChainState } from "./chain-state.ts";
import type { CheckpointVerifier } from "./check-checkpoint.ts";
import type { FaultCode } from "./fault.ts";
import type { WalkHooks, WalkResult } from "./walk-options.ts";

/** Notes a fault at the end of a walk. */
export type NoteFault = (code: FaultCode, file: string, offset: number, reason: string) => void;

/** What was given from outside. */
export interface PinsGiven {
  readonly head?: string | undefined;
  readonly checkpoint?: Uint8Array | string | undefined;
}

export class Pins {
  readonly #head: Uint8Array | undefined;
  readonly #note: Uint8Array | undefined;
  /** What the note says, or why it says nothing. */
  readonly #pinned: SignedCheckpoint | string | undefined;
  /** Where the walk begins, when not at genesis. */
  #from: ChainState | undefined;
  #headFound = false;
  /** Root and head of the chain at the size of the pinned checkpoint. */
  #root: Uint8Array | undefined;
  #headOfNote: Uint8Array | undefined;

  /** @throws RangeError when the head is not 64 hex digits */
  constructor({ head, checkpoint }: PinsGiven) {
    this.#head = head === undefined ? undefined : readHead(head);
    this.#note = typeof checkpoint === "string" ? new TextEncoder().encode(checkpoint) : checkpoint;
    this.#pinned = this.#note === undefined ? undefined : parseNote(this.#note);
  }

  /** The walk begins behind a state that is trusted. */
  beginAt(from: ChainState): void {
    this.#from = from;
    this.#headFound = isEqual(this.#head, from.head);
    if (typeof this.#pinned !== "object" || this.#pinned.size !== from.size) return;
    this.#root = from.tree.root();
    this.#headOfNote = from.head;
  }

  /** Whether a head or a checkpoint was given. */
  get given(): boolean {
    return this.#head !== undefined || this.#pinned !== undefined;
  }

  /** What the walk must tell. */
  get hooks(): Pick<WalkHooks, "run" | "watchHead" | "sawHead" | "tree" | "watchTree"> {
    const pinned = this.#pinned;
    return {
      run: ({ size, head }) => {
        if (typeof pinned === "object" && pinned.size === size) this.#headOfNote = head;
      },
      watchHead: this.#head,
      sawHead: () => {
        this.#headFound = true;
      },
      tree: (root) => {
        this.#root = root;
      },
      watchTree: typeof pinned === "object" ? pinned.size : undefined,
    };
  }

  event({ sequence }: EventFields, hash: Uint8Array): void {
    if (this.#head !== undefined && equalBytes(hash, this.#head)) this.#headFound = true;
    if (typeof this.#pinned === "object" && this.#pinned.size === sequence + 1) this.#headOfNote = hash;
  }

  /** Whether the pin is the end of the chain. */
  atEnd({ head, size }: ChainState): boolean {
    if (this.#head !== undefined) return equalBytes(this.#head, head);
    return typeof this.#pinned === "object" && this.#pinned.size === size;
  }

  /** Notes what the walk did not find as it was given. */
  judge(result: WalkResult, verifier: CheckpointVerifier, note: NoteFault): void {
    const { state } = result;
    const cut = (reason: string): void => note("CHAIN_TRUNCATED", eventPath(state.first), state.eventBytes, reason);
    if (this.#head !== undefined && !this.#headFound)
      cut(`the pinned head ${toHex(this.#head)} is not in the chain: it was cut, rolled back or replaced`);
    const pinned = this.#pinned;
    if (typeof pinned === "string") note("CHAIN_PIN", "", 0, `the pinned checkpoint cannot be read: ${pinned}`);
    else if (pinned !== undefined && pinned.size > state.size)
      cut(`the pinned checkpoint is for ${pinned.size} events, ${state.size} are there`);
    else if (pinned !== undefined) {
      const wrong = this.#wrongWith(pinned, result, verifier);
      if (wrong !== undefined) note("CHAIN_PIN", "", 0, wrong);
    }
  }

  #wrongWith(pinned: SignedCheckpoint, result: WalkResult, verifier: CheckpointVerifier): string | undefined {
    const from = this.#from;
    if (from !== undefined && pinned.size < from.size)
      return `the pinned checkpoint is older than the ${from.size} events from which it resumed`;
    const same = isEqual(this.#root, pinned.root) && isEqual(this.#headOfNote, pinned.head);
    if (!same) return "the pinned checkpoint is not of these events";
    // The walk began right behind it, and had its signatures checked then.
    if (this.#note !== undefined && isEqual(from?.checkpointNote, this.#note)) return undefined;
    const keys = result.keysAt(pinned.size);
    const unknown = keys === undefined ? "the keys of the chain are not known" : verifier.check(pinned, keys);
    return unknown === undefined ? undefined : `the pinned checkpoint is not signed by this chain: ${unknown}`;
  }
}

/** Notes it when the keys given are not the chain's. @returns whether they are */
export function judgeKeys({ ed25519, mlDsa65 }: ChainKeys, { state, epochs }: WalkResult, note: NoteFault): boolean {
  const epoch = epochs.find(({ keys }) => equalBytes(keys.ed25519, ed25519) && equalBytes(keys.mlDsa65, mlDsa65));
  if (epoch === undefined) {
    note("CHAIN_PIN", eventPath(0), 0, "genesis and rotations name other keys than those given");
    return false;
  }
  // Anybody can name somebody else's keys: later ones count once they signed.
  if (epoch.from <= 1 || epoch.signed) return true;
  note("CHAIN_PIN", eventPath(state.first), 0, "the keys given are named by a rotation, but signed nothing since");
  return false;
}

function isEqual(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && equalBytes(a, b);
}

function readHead(head: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(head)) throw new RangeError("a head is 64 lower-case hex digits");
  return fromHex(head);
}
