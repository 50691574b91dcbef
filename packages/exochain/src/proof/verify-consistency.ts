// Checks a proof of consistency from nothing but itself and the checkpoints that its reader kept.
import { equalBytes, fromBase64, toBase64 } from "@weftos/crypto";
import { parseNote, type SignedCheckpoint } from "../format/checkpoint-note.ts";
import { type ChainKeys, isRecord } from "../format/key-set.ts";
import { checkpointVerifier } from "../verify/check-checkpoint.ts";
import { type ConsistencyClaim, checkConsistency } from "./check-proof.ts";

const MAX_DOCUMENT_BYTES = 65_536;
const FIELDS = "from fromRoot path to toRoot";

/** What the reader of a proof of consistency kept. */
export interface ConsistencyPins {
  /** Checkpoint note of the smaller chain. */
  readonly older?: Uint8Array | string | undefined;
  /** Checkpoint note of the larger chain. */
  readonly newer?: Uint8Array | string | undefined;
  /** Keys that must have signed both. */
  readonly keys?: ChainKeys | undefined;
}

/** What a check of consistency found. */
export type ConsistencyResult =
  | {
      readonly valid: true;
      /** `linked`: the two roots belong together. `pinned`: and each is that of a checkpoint that was given. */
      readonly assurance: "linked" | "pinned";
      readonly from: number;
      readonly to: number;
      /** Base64, as in a checkpoint. */
      readonly fromRoot: string;
      readonly toRoot: string;
    }
  | {
      readonly valid: false;
      readonly code: "CHAIN_PROOF" | "CHAIN_CHECKPOINT" | "CHAIN_SIGNATURE" | "CHAIN_PIN";
      readonly reason: string;
    };

type Refusal = Extract<ConsistencyResult, { valid: false }>;

/**
 * Checks offline that one chain begins with all of another: that nothing was taken out or changed between two checkpoints.
 *
 * @param document - as `weaver chain consistency` wrote it, JSON
 * @returns what it proves, or why it proves nothing; a bad document is a result, not an exception
 */
export async function verifyConsistency(
  document: Uint8Array | string,
  pins: ConsistencyPins = {},
): Promise<ConsistencyResult> {
  const claim = parseClaim(document);
  if (typeof claim === "string") return refused("CHAIN_PROOF", claim);
  if (!checkConsistency(claim)) return refused("CHAIN_PROOF", "the path does not lead from one root to the other");
  const { from, to, fromRoot, toRoot } = claim;
  const wrong =
    (await checkNote(pins.older, { size: from, root: fromRoot }, pins.keys)) ??
    (await checkNote(pins.newer, { size: to, root: toRoot }, pins.keys)) ??
    checkChain(pins);
  if (wrong !== undefined) return wrong;
  const pinned = pins.older !== undefined && pins.newer !== undefined;
  return {
    valid: true,
    assurance: pinned ? "pinned" : "linked",
    from,
    to,
    fromRoot: toBase64(fromRoot),
    toRoot: toBase64(toRoot),
  };
}

function parseClaim(document: Uint8Array | string): ConsistencyClaim | string {
  const bytes = typeof document === "string" ? new TextEncoder().encode(document) : document;
  if (bytes.length > MAX_DOCUMENT_BYTES) return `expected at most ${MAX_DOCUMENT_BYTES} bytes, got ${bytes.length}`;
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (!isRecord(value) || Object.keys(value).sort().join(" ") !== FIELDS) return `expected the fields ${FIELDS}`;
    const { from, to, fromRoot, toRoot, path } = value;
    if (typeof from !== "number" || typeof to !== "number" || !Array.isArray(path))
      return "expected two sizes and a path";
    return { from, to, fromRoot: hash(fromRoot), toRoot: hash(toRoot), path: path.map(hash) };
  } catch {
    return "expected a document of JSON whose hashes are base64";
  }
}

/** @throws Error when it is none */
function hash(value: unknown): Uint8Array {
  if (typeof value !== "string") throw new Error("a hash is a text");
  return fromBase64(value);
}

/** Checks one end against the checkpoint that was kept for it. */
async function checkNote(
  kept: Uint8Array | string | undefined,
  end: { readonly size: number; readonly root: Uint8Array },
  keys: ChainKeys | undefined,
): Promise<Refusal | undefined> {
  if (kept === undefined) return undefined;
  const note = noteOf(kept);
  if (typeof note === "string") return refused("CHAIN_CHECKPOINT", note);
  if (note.size !== end.size)
    return refused("CHAIN_PIN", `the checkpoint is for ${note.size} events, the proof for ${end.size}`);
  if (!equalBytes(note.root, end.root))
    return refused("CHAIN_PIN", `the root of the checkpoint of ${end.size} events is another than the proof's`);
  const signature = keys && (await checkpointVerifier()).check(note, keys);
  return signature === undefined ? undefined : refused("CHAIN_SIGNATURE", signature);
}

function checkChain({ older, newer }: ConsistencyPins): Refusal | undefined {
  if (older === undefined || newer === undefined) return undefined;
  const [first, second] = [noteOf(older), noteOf(newer)];
  if (typeof first === "string" || typeof second === "string" || equalBytes(first.chain, second.chain))
    return undefined;
  return refused("CHAIN_PIN", "the two checkpoints are of different chains");
}

function noteOf(note: Uint8Array | string): SignedCheckpoint | string {
  return parseNote(typeof note === "string" ? new TextEncoder().encode(note) : note);
}

function refused(code: Refusal["code"], reason: string): Refusal {
  return { valid: false, code, reason };
}
