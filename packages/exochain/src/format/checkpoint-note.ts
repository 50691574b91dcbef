// The checkpoint as a C2SP signed note (format document, §7): the only text that the chain's keys ever sign. Reading is
// strict: the note is built again from what was read, and must be equal byte for byte.
import { equalBytes, fromBase64, fromHex, toBase64, toHex } from "@weftos/crypto";
import { type ChainKeys, ed25519LineHash, keyId, mlDsaLineHash } from "./key-set.ts";

const utf8 = new TextEncoder();
const MAX_NOTE_BYTES = 8192;
const ED25519_SIGNATURE_BYTES = 64;
const ML_DSA_SIGNATURE_BYTES = 3309;

/** What a checkpoint says. */
export interface Checkpoint {
  readonly chain: Uint8Array;
  /** Number of events. */
  readonly size: number;
  readonly root: Uint8Array;
  readonly head: Uint8Array;
  /** Milliseconds UTC. */
  readonly time: number;
  readonly ed25519Id: Uint8Array;
  readonly mlDsa65Id: Uint8Array;
}

/** A checkpoint with its two signature lines. */
export interface SignedCheckpoint extends Checkpoint {
  /** The signed text. */
  readonly text: Uint8Array;
  readonly ed25519: SignatureLine;
  readonly mlDsa65: SignatureLine;
}

/** One line: which key claims it, and the signature. */
export interface SignatureLine {
  readonly keyHash: Uint8Array;
  readonly signature: Uint8Array;
}

/** Gives the origin of a chain, which is also the name of its keys. */
export function originOf(chain: Uint8Array): string {
  return `weftos/exochain/v2/${toHex(chain)}`;
}

/** Gives the text that is signed. */
export function checkpointText(checkpoint: Checkpoint): Uint8Array {
  return utf8.encode(
    `${originOf(checkpoint.chain)}\n${checkpoint.size}\n${toBase64(checkpoint.root)}\nhead ${toHex(checkpoint.head)}\n` +
      `time ${checkpoint.time}\nkey Ed25519 ${toHex(checkpoint.ed25519Id)}\nkey ML-DSA-65 ${toHex(checkpoint.mlDsa65Id)}\n`,
  );
}

/** Joins a text and its signatures to a note. */
export function encodeNote(
  chain: Uint8Array,
  text: Uint8Array,
  keys: ChainKeys,
  signatures: { readonly ed25519: Uint8Array; readonly mlDsa65: Uint8Array },
): Uint8Array {
  const name = originOf(chain);
  const first = line(name, { keyHash: ed25519LineHash(name, keys.ed25519), signature: signatures.ed25519 });
  const second = line(name, { keyHash: mlDsaLineHash(name, keys.mlDsa65), signature: signatures.mlDsa65 });
  return joinNote(text, first, second);
}

function line(name: string, { keyHash, signature }: SignatureLine): string {
  const bytes = new Uint8Array(4 + signature.length);
  bytes.set(keyHash);
  bytes.set(signature, 4);
  return `\u2014 ${name} ${toBase64(bytes)}\n`;
}

function joinNote(text: Uint8Array, first: string, second: string): Uint8Array {
  const tail = utf8.encode(`\n${first}${second}`);
  const note = new Uint8Array(text.length + tail.length);
  note.set(text);
  note.set(tail, text.length);
  return note;
}

/** Gives the ids of a set of keys, as a checkpoint carries them. */
export function idsOf(keys: ChainKeys): { readonly ed25519Id: Uint8Array; readonly mlDsa65Id: Uint8Array } {
  return { ed25519Id: keyId(keys.ed25519), mlDsa65Id: keyId(keys.mlDsa65) };
}

const SHAPE =
  /^weftos\/exochain\/v2\/([0-9a-f]{32})\n([1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\nhead ([0-9a-f]{64})\ntime (0|[1-9][0-9]{0,15})\nkey Ed25519 ([0-9a-f]{32})\nkey ML-DSA-65 ([0-9a-f]{32})\n\n\u2014 \S+ ([A-Za-z0-9+/=]+)\n\u2014 \S+ ([A-Za-z0-9+/=]+)\n$/;

/**
 * Reads a note. Signatures are not checked here.
 *
 * @returns the checkpoint, or why the bytes are none
 */
export function parseNote(note: Uint8Array): SignedCheckpoint | string {
  if (note.length > MAX_NOTE_BYTES) return `a checkpoint is at most ${MAX_NOTE_BYTES} bytes, got ${note.length}`;
  let whole: string;
  try {
    whole = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(note);
  } catch {
    return "a checkpoint is UTF-8 text";
  }
  const match = SHAPE.exec(whole);
  if (match === null) return "expected the seven lines of a checkpoint, an empty one and two signatures";
  const [chain, size, root, head, time, ed25519Id, mlDsa65Id, first, second] = match.slice(1) as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  try {
    const checkpoint: Checkpoint = {
      chain: fromHex(chain),
      size: Number(size),
      root: fromBase64(root),
      head: fromHex(head),
      time: Number(time),
      ed25519Id: fromHex(ed25519Id),
      mlDsa65Id: fromHex(mlDsa65Id),
    };
    if (!Number.isSafeInteger(checkpoint.size) || !Number.isSafeInteger(checkpoint.time))
      return "a number is too large";
    const ed25519 = signatureLine(first, ED25519_SIGNATURE_BYTES);
    const mlDsa65 = signatureLine(second, ML_DSA_SIGNATURE_BYTES);
    if (ed25519 === undefined || mlDsa65 === undefined)
      return "a signature line has another length than its algorithm gives";
    const text = checkpointText(checkpoint);
    const name = originOf(checkpoint.chain);
    if (!equalBytes(joinNote(text, line(name, ed25519), line(name, mlDsa65)), note))
      return "the note is not in its one form";
    return { ...checkpoint, text, ed25519, mlDsa65 };
  } catch {
    return "a checkpoint holds base64 that is not canonical";
  }
}

function signatureLine(text: string, length: number): SignatureLine | undefined {
  const bytes = fromBase64(text);
  return bytes.length === 4 + length ? { keyHash: bytes.slice(0, 4), signature: bytes.slice(4) } : undefined;
}
