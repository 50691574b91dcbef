// SHAKE-256 and SHA-256 on node:crypto. One-shot `crypto.hash` with an output length exists in newer releases only, so
// it is probed once; below it, `createHash`. Short digests come back as a Latin-1 string that is spread into bytes:
// making a Buffer in native code costs more than a third of the whole call for the chain's 300-byte events.
import * as nodeCrypto from "node:crypto";

type OneShot = (data: Uint8Array, length: number) => Uint8Array;
type HashWithOptions = (algorithm: string, data: Uint8Array, options: LatinOptions) => string;

interface LatinOptions {
  readonly outputLength: number;
  readonly outputEncoding: "latin1";
}

const JOIN_LIMIT_BYTES = 4096;
/** Of nearly all hashes. */
const THIRTY_TWO: LatinOptions = { outputLength: 32, outputEncoding: "latin1" };

const oneShotShake256: OneShot = probeOneShot() ?? incrementalShake256;

/** Finds a `crypto.hash` that takes an output length; releases without it throw or answer with another length. */
function probeOneShot(): OneShot | undefined {
  const hash = nodeCrypto.hash as unknown as HashWithOptions | undefined;
  if (typeof hash !== "function") return undefined;
  const shake: OneShot = (data, length) =>
    bytesOfLatin1(hash("shake256", data, length === 32 ? THIRTY_TWO : { ...THIRTY_TWO, outputLength: length }));
  try {
    const probe = shake(new Uint8Array(3), 33);
    return probe.length === 33 && incrementalShake256(new Uint8Array(3), 33).every((byte, i) => byte === probe[i])
      ? shake
      : undefined;
  } catch {
    return undefined;
  }
}

/** The path of Node releases whose `crypto.hash` takes no output length. */
export function incrementalShake256(data: Uint8Array, length: number): Uint8Array {
  const digest = nodeCrypto.createHash("shake256", { outputLength: length }).update(data).digest();
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.length);
}

function bytesOfLatin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/**
 * Hashes with SHAKE-256 (FIPS 202).
 *
 * @param data - the bytes, or chunks that are hashed as if joined; no lengths are added between chunks.
 * @param length - bytes of output, default 32.
 */
export function shake256(data: Uint8Array | readonly Uint8Array[], length = 32): Uint8Array {
  if (data instanceof Uint8Array) return oneShotShake256(data, length);
  const joined = joinSmall(data);
  if (joined !== undefined) return oneShotShake256(joined, length);
  const hash = nodeCrypto.createHash("shake256", { outputLength: length });
  for (const chunk of data) hash.update(chunk);
  return plain(hash.digest());
}

/**
 * Hashes with SHA-256 (FIPS 180-4).
 *
 * @param data - the bytes, or chunks that are hashed as if joined; no lengths are added between chunks.
 */
export function sha256(data: Uint8Array | readonly Uint8Array[]): Uint8Array {
  if (data instanceof Uint8Array) return bytesOfLatin1(nodeCrypto.hash("sha256", data, "binary"));
  const joined = joinSmall(data);
  if (joined !== undefined) return bytesOfLatin1(nodeCrypto.hash("sha256", joined, "binary"));
  const hash = nodeCrypto.createHash("sha256");
  for (const chunk of data) hash.update(chunk);
  return plain(hash.digest());
}

/**
 * Hashes with SHA-256 (FIPS 180-4) into a text of 32 characters, one for each byte (0 to 255): kept by the thousand, it
 * takes a fifth of the memory of an array of bytes.
 */
export function sha256Text(data: Uint8Array): string {
  return nodeCrypto.hash("sha256", data, "binary");
}

/** Joins chunks below the size where copying is cheaper than a hash object. */
function joinSmall(chunks: readonly Uint8Array[]): Uint8Array | undefined {
  let total = 0;
  for (const chunk of chunks) total += chunk.length;
  if (total > JOIN_LIMIT_BYTES) return undefined;
  const joined = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}

/** Drops the Buffer subclass: callers and tests see the same type in Node and in the browser. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}
