// One event with all that proves it, as one document of JSON (format document, §16). Reading is strict: the document is
// written again from what was read, and must be equal byte for byte, so that no byte of it is without meaning.
import { fromBase64, toBase64 } from "@weftos/crypto";
import { type ChainKeys, describeKeys, isRecord, parseKeys } from "../format/key-set.ts";
import { HASH_BYTES } from "./tile-layout.ts";

export const BUNDLE_FORMAT = "weftos/exochain/v2/proof";
const MAX_BUNDLE_BYTES = 524_288;
const MAX_PATH = 64;

/** A bundle as JSON, its fields in this order. */
export interface ProofDocument {
  readonly format: string;
  readonly sequence: number;
  /** Stored bytes of the event, base64. */
  readonly event: string;
  /** Null for an event without payload; `redacted` when salt and content are not shown. */
  readonly payload: null | "redacted" | { readonly salt: string; readonly content: string };
  /** Hashes of the inclusion proof, base64. */
  readonly inclusion: readonly string[];
  /** Null, or that the tree begins with that of an older checkpoint. */
  readonly consistency: null | { readonly size: number; readonly root: string; readonly path: readonly string[] };
  /** The checkpoint note, as text. */
  readonly checkpoint: string;
  /** Keys in force at the checkpoint, in the form of a genesis. */
  readonly keys: readonly { readonly algorithm: string; readonly id: string; readonly public: string }[];
}

/** A bundle as bytes. */
export interface ProofBundle {
  readonly sequence: number;
  readonly event: Uint8Array;
  readonly payload: undefined | "redacted" | { readonly salt: Uint8Array; readonly content: Uint8Array };
  readonly inclusion: readonly Uint8Array[];
  readonly consistency: undefined | { size: number; root: Uint8Array; path: readonly Uint8Array[] };
  readonly checkpoint: Uint8Array;
  readonly keys: ChainKeys;
}

/** Gives a bundle as JSON. */
export function bundleDocument(bundle: ProofBundle): ProofDocument {
  const { sequence, event, payload, inclusion, consistency, checkpoint, keys } = bundle;
  return {
    format: BUNDLE_FORMAT,
    sequence,
    event: toBase64(event),
    payload:
      payload === undefined
        ? null
        : payload === "redacted"
          ? payload
          : { salt: toBase64(payload.salt), content: toBase64(payload.content) },
    inclusion: inclusion.map(toBase64),
    consistency:
      consistency === undefined
        ? null
        : { size: consistency.size, root: toBase64(consistency.root), path: consistency.path.map(toBase64) },
    checkpoint: new TextDecoder().decode(checkpoint),
    keys: describeKeys(keys) as unknown as ProofDocument["keys"],
  };
}

/** Gives the one text of a bundle: indented by two, ended by a newline. */
export function bundleText(document: ProofDocument): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Reads a bundle. @returns the bundle, or why the bytes are none */
export function parseBundle(bytes: Uint8Array): ProofBundle | string {
  if (bytes.length > MAX_BUNDLE_BYTES) return `a bundle is at most ${MAX_BUNDLE_BYTES} bytes, got ${bytes.length}`;
  let text: string;
  let bundle: ProofBundle | string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    bundle = readDocument(JSON.parse(text));
  } catch {
    return "a bundle is a document of JSON whose bytes are base64";
  }
  if (typeof bundle === "string") return bundle;
  return bundleText(bundleDocument(bundle)) === text
    ? bundle
    : "the document is not in the one form of a bundle: indented by two, ended by a newline, as bundleText writes it";
}

function readDocument(value: unknown): ProofBundle | string {
  if (!isRecord(value) || value.format !== BUNDLE_FORMAT) return `the format of a bundle is ${BUNDLE_FORMAT}`;
  const { sequence, event, inclusion, checkpoint } = value;
  if (!isCount(sequence)) return "the sequence is a safe integer";
  if (typeof event !== "string" || typeof checkpoint !== "string") return "event and checkpoint are texts";
  const payload = readPayload(value.payload);
  if (payload === "wrong") return "the payload is null, redacted, or salt and content";
  const consistency = readConsistency(value.consistency);
  if (consistency === "wrong") return "the consistency is null, or size, root and path of an older tree";
  const keys = parseKeys(value.keys);
  if (keys === undefined) return "the keys are one Ed25519 and one ML-DSA-65 key with their ids";
  return {
    sequence,
    event: fromBase64(event),
    payload,
    inclusion: readPath(inclusion),
    consistency,
    checkpoint: new TextEncoder().encode(checkpoint),
    keys,
  };
}

function readPayload(value: unknown): ProofBundle["payload"] | "wrong" {
  if (value === null) return undefined;
  if (value === "redacted") return value;
  if (!isRecord(value) || typeof value.salt !== "string" || typeof value.content !== "string") return "wrong";
  return { salt: fromBase64(value.salt), content: fromBase64(value.content) };
}

function readConsistency(value: unknown): ProofBundle["consistency"] | "wrong" {
  if (value === null) return undefined;
  if (!isRecord(value) || !isCount(value.size) || typeof value.root !== "string") return "wrong";
  return { size: value.size, root: fromBase64(value.root), path: readPath(value.path) };
}

/** @throws Error when a path is none */
function readPath(value: unknown): Uint8Array[] {
  if (!Array.isArray(value) || value.length > MAX_PATH) throw new Error("a path is an array of hashes");
  return value.map((hash) => {
    const bytes = typeof hash === "string" ? fromBase64(hash) : undefined;
    if (bytes?.length !== HASH_BYTES) throw new Error(`a hash is ${HASH_BYTES} bytes`);
    return bytes;
  });
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
