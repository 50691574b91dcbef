// Checks a bundle from nothing but itself and what the reader kept elsewhere.
import { CborReader, decodeCanonical, equalBytes, fromHex, toHex } from "@weftos/crypto";
import { parseNote, type SignedCheckpoint } from "../format/checkpoint-note.ts";
import { eventHash, payloadCommitment } from "../format/domain-hash.ts";
import { type EventFields, MAX_CONTENT_BYTES, readEvent, SALT_BYTES } from "../format/event-record.ts";
import type { ChainKeys } from "../format/key-set.ts";
import { type StoredEvent, storedEvent } from "../reader/stored-event.ts";
import { checkpointVerifier } from "../verify/check-checkpoint.ts";
import { checkConsistency, checkInclusion } from "./check-proof.ts";
import { bundleText, type ProofBundle, type ProofDocument, parseBundle } from "./proof-bundle.ts";

/** What the reader of a bundle knows from elsewhere; the more, the better. */
export interface ProofPins {
  /** Keys that must have signed. */
  readonly keys?: ChainKeys | undefined;
  /** A checkpoint note: the bundle must be of the same tree, or of one that goes on from it. */
  readonly checkpoint?: Uint8Array | string | undefined;
  /** Event hash (64 hex digits): the head of the bundle's checkpoint, or the event itself. */
  readonly head?: string | undefined;
}

/** Why a bundle proves nothing. `CHAIN_PROOF`: its form or a path of hashes; the others as in a chain. */
export type ProofFault =
  | "CHAIN_PROOF"
  | "CHAIN_EVENT"
  | "CHAIN_CONTENT"
  | "CHAIN_CHECKPOINT"
  | "CHAIN_SIGNATURE"
  | "CHAIN_PIN";

/** What a check of a bundle found. */
export type ProofResult =
  | {
      readonly valid: true;
      /**
       * `signed`: it hangs together, and is signed by the keys in it, which anybody could have made. `pinned`: and it is what
       * was given from elsewhere.
       */
      readonly assurance: "signed" | "pinned";
      readonly event: StoredEvent;
      /** Whether the event has a payload, and whether it is shown. */
      readonly payload: "shown" | "redacted" | "none";
      readonly chainId: string;
      readonly checkpoint: {
        readonly size: number;
        readonly head: string;
        readonly root: string;
        readonly time: number;
      };
    }
  | { readonly valid: false; readonly code: ProofFault; readonly reason: string };

/**
 * Checks a proof bundle offline. Without a pin it shows only that the bundle hangs together: its keys come with it.
 *
 * @param bundle - the document as `Chain.proof` gives it, or its text as `bundleText` and `weaver chain proof` write it
 * @returns what it proves, or why it proves nothing; a bad bundle is a result, not an exception
 * @throws RangeError when `head` is not 64 hex digits
 */
export async function verifyProof(
  bundle: ProofDocument | Uint8Array | string,
  pins: ProofPins = {},
): Promise<ProofResult> {
  if (pins.head !== undefined && !/^[0-9a-f]{64}$/.test(pins.head))
    throw new RangeError("head must be 64 lower-case hex digits");
  const parsed = parseBundle(
    typeof bundle === "string" || bundle instanceof Uint8Array ? bytesOf(bundle) : bytesOf(bundleText(bundle)),
  );
  if (typeof parsed === "string") return refused("CHAIN_PROOF", parsed);
  const note = parseNote(parsed.checkpoint);
  if (typeof note === "string") return refused("CHAIN_CHECKPOINT", note);
  const event = readWholeEvent(parsed.event);
  if (typeof event === "string") return refused("CHAIN_EVENT", event);
  const hash = eventHash(parsed.event);
  const wrong =
    checkEvent(parsed, event, note) ??
    checkPayload(parsed, event) ??
    checkPaths(parsed, note, hash) ??
    (await checkSignatures(parsed, note)) ??
    checkPins(parsed, note, hash, pins);
  if (wrong !== undefined) return wrong;
  const { payload } = parsed;
  const record = payload === undefined || payload === "redacted" ? undefined : { sequence: event.sequence, ...payload };
  return {
    valid: true,
    assurance:
      pins.keys !== undefined || pins.checkpoint !== undefined || pins.head !== undefined ? "pinned" : "signed",
    event: { ...storedEvent(event, hash, record), redacted: payload === "redacted" },
    payload: payload === undefined ? "none" : payload === "redacted" ? "redacted" : "shown",
    chainId: toHex(note.chain),
    checkpoint: { size: note.size, head: toHex(note.head), root: toHex(note.root), time: note.time },
  };
}

type Refusal = Extract<ProofResult, { valid: false }>;

function refused(code: ProofFault, reason: string): Refusal {
  return { valid: false, code, reason };
}

function bytesOf(value: Uint8Array | string): Uint8Array {
  return typeof value === "string" ? new TextEncoder().encode(value) : value;
}

function readWholeEvent(bytes: Uint8Array): EventFields | string {
  try {
    const reader = new CborReader(bytes);
    const event = readEvent(reader);
    return reader.offset === bytes.length ? event : "there are bytes behind the event";
  } catch (error) {
    return error instanceof Error ? error.message : "the bytes are not an event";
  }
}

function checkEvent(bundle: ProofBundle, event: EventFields, note: SignedCheckpoint): Refusal | undefined {
  if (event.sequence !== bundle.sequence)
    return refused("CHAIN_EVENT", `the bundle is for event ${bundle.sequence}, it holds event ${event.sequence}`);
  if (!equalBytes(event.chain, note.chain))
    return refused("CHAIN_EVENT", "the event is of another chain than the checkpoint");
  return undefined;
}

function checkPayload({ payload }: ProofBundle, { commitment }: EventFields): Refusal | undefined {
  if ((payload === undefined) !== (commitment === null))
    return refused("CHAIN_CONTENT", "a payload is there exactly when the event commits to one");
  if (payload === undefined || payload === "redacted" || commitment === null) return undefined;
  const { salt, content } = payload;
  if (salt.length !== SALT_BYTES || content.length < 1 || content.length > MAX_CONTENT_BYTES)
    return refused("CHAIN_CONTENT", "salt or content have no length that a payload has");
  if (!equalBytes(payloadCommitment(salt, content), commitment))
    return refused("CHAIN_CONTENT", "the content is not what the event committed to");
  try {
    decodeCanonical(content);
  } catch {
    return refused("CHAIN_CONTENT", "the content is not canonical CBOR");
  }
  return undefined;
}

function checkPaths(bundle: ProofBundle, note: SignedCheckpoint, entry: Uint8Array): Refusal | undefined {
  const { sequence, inclusion, consistency } = bundle;
  const { size, root } = note;
  if (sequence >= size)
    return refused("CHAIN_PROOF", `the checkpoint is for ${size} events; it does not cover ${sequence}`);
  if (!checkInclusion({ entry, index: sequence, size, root, path: inclusion }))
    return refused("CHAIN_PROOF", "the inclusion proof does not lead from the event to the root of the checkpoint");
  if (consistency === undefined) return undefined;
  const older = { from: consistency.size, fromRoot: consistency.root, to: size, toRoot: root, path: consistency.path };
  return checkConsistency(older)
    ? undefined
    : refused("CHAIN_PROOF", "the consistency proof does not lead from the older root to that of the checkpoint");
}

async function checkSignatures(bundle: ProofBundle, note: SignedCheckpoint): Promise<Refusal | undefined> {
  const verifier = await checkpointVerifier();
  const reason = verifier.check(note, bundle.keys);
  return reason === undefined ? undefined : refused("CHAIN_SIGNATURE", reason);
}

function checkPins(
  bundle: ProofBundle,
  note: SignedCheckpoint,
  hash: Uint8Array,
  { keys, checkpoint, head }: ProofPins,
): Refusal | undefined {
  if (
    keys !== undefined &&
    !(equalBytes(keys.ed25519, bundle.keys.ed25519) && equalBytes(keys.mlDsa65, bundle.keys.mlDsa65))
  )
    return refused("CHAIN_PIN", "the checkpoint is signed by other keys than those given");
  if (head !== undefined && !equalBytes(fromHex(head), note.head) && !equalBytes(fromHex(head), hash))
    return refused("CHAIN_PIN", "the head that was given is neither that of the checkpoint nor the event");
  if (checkpoint === undefined) return undefined;
  const pinned = parseNote(bytesOf(checkpoint));
  if (typeof pinned === "string") return refused("CHAIN_PIN", `the pinned checkpoint cannot be read: ${pinned}`);
  if (!equalBytes(pinned.chain, note.chain)) return refused("CHAIN_PIN", "the pinned checkpoint is of another chain");
  const { consistency } = bundle;
  const known =
    pinned.size === note.size ? note.root : consistency?.size === pinned.size ? consistency.root : undefined;
  if (known === undefined)
    return refused(
      "CHAIN_PIN",
      `the pinned checkpoint is for ${pinned.size} events, the bundle speaks of ${note.size}: ask for one that goes on from it`,
    );
  return equalBytes(known, pinned.root)
    ? undefined
    : refused("CHAIN_PIN", "the pinned checkpoint has another root: the chain was rewritten, or this is not it");
}
