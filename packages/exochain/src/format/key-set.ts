// The two public keys of a chain and their names: in genesis, in rotations, in every checkpoint.
import { fromBase64, sha256, toBase64, toHex } from "@weftos/crypto";
import { shortHash } from "./domain-hash.ts";

export const ED25519_BYTES = 32;
export const ML_DSA_65_BYTES = 1952;
/** Signature type of the second line: 0xFF marks a type that C2SP has not registered, a name follows. */
const ML_DSA_TYPE = `\u00ff${"weftos/ml-dsa-65/v1"}`;

/** The public keys that sign checkpoints: raw bytes. */
export interface ChainKeys {
  readonly ed25519: Uint8Array;
  readonly mlDsa65: Uint8Array;
}

/** Gives the id of a public key: 16 bytes of SHAKE-256. Of the Ed25519 key, it is the node's id. */
export function keyId(publicKey: Uint8Array): Uint8Array {
  return shortHash(publicKey);
}

/** Key hash of a signature line for Ed25519 (c2sp.org/signed-note). */
export function ed25519LineHash(name: string, key: Uint8Array): Uint8Array {
  return lineHash(name, Uint8Array.of(0x01), key);
}

/** Key hash of a signature line for ML-DSA-65 (format document, §7). */
export function mlDsaLineHash(name: string, key: Uint8Array): Uint8Array {
  return lineHash(
    name,
    Uint8Array.from(ML_DSA_TYPE, (unit) => unit.charCodeAt(0)),
    key,
  );
}

function lineHash(name: string, type: Uint8Array, key: Uint8Array): Uint8Array {
  return sha256([new TextEncoder().encode(`${name}\n`), type, key]).slice(0, 4);
}

/** A public key as the chain names it. */
export interface KeyDescription {
  readonly algorithm: string;
  /** Key id, lower-case hex. */
  readonly id: string;
  /** Raw key, base64. */
  readonly public: string;
  readonly [field: string]: string;
}

/** Gives the form of keys in a payload. */
export function describeKeys(keys: ChainKeys): KeyDescription[] {
  return [
    { algorithm: "Ed25519", id: toHex(keyId(keys.ed25519)), public: toBase64(keys.ed25519) },
    { algorithm: "ML-DSA-65", id: toHex(keyId(keys.mlDsa65)), public: toBase64(keys.mlDsa65) },
  ];
}

/** Reads keys from a payload; undefined when they break the form. */
export function parseKeys(value: unknown): ChainKeys | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const ed25519 = parseKey(value[0], "Ed25519", ED25519_BYTES);
  const mlDsa65 = parseKey(value[1], "ML-DSA-65", ML_DSA_65_BYTES);
  return ed25519 === undefined || mlDsa65 === undefined ? undefined : { ed25519, mlDsa65 };
}

function parseKey(value: unknown, algorithm: string, length: number): Uint8Array | undefined {
  if (!isRecord(value) || Object.keys(value).length !== 3) return undefined;
  const { algorithm: name, id, public: text } = value;
  if (name !== algorithm || typeof text !== "string") return undefined;
  try {
    const key = fromBase64(text);
    return key.length === length && id === toHex(keyId(key)) ? key : undefined;
  } catch {
    return undefined;
  }
}

/** Tells whether a value is a plain object with text keys. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
