// The events that the format itself defines (format document, §8): names, and the forms that a verifier relies on.
import { toHex } from "@weftos/crypto";
import type { JsonObject } from "@weftos/interface";
import { type ChainKeys, describeKeys, isRecord, parseKeys } from "./key-set.ts";

export const SOURCE = "exochain";
export const GENESIS = "chain.genesis";
export const RECOVERED = "chain.recovered";
export const KEYS_ROTATED = "chain.keys-rotated";
export const REDACTED = "chain.redacted";
export const DIGEST = "chain.digest";
export const LEAVES_DROPPED = "chain.leaves-dropped";
/** Kinds that only the chain itself may write. */
export const OWN_KINDS: ReadonlySet<string> = new Set([
  GENESIS,
  RECOVERED,
  KEYS_ROTATED,
  REDACTED,
  DIGEST,
  LEAVES_DROPPED,
]);
const FORMAT = "weftos/exochain/v2";

/** The damaged chain that a chain succeeds, as far as it was good. */
export interface Succession {
  /** Chain id, 32 hex digits; zeros when not even that could be read. */
  readonly chain: string;
  /** Events that were good. */
  readonly size: number;
  /** Hash of the last of them, 64 hex digits. */
  readonly head: string;
}

/** Makes the payload of a genesis. */
export function genesisPayload(chain: Uint8Array, keys: ChainKeys, continues?: Succession): JsonObject {
  return {
    format: FORMAT,
    chain: toHex(chain),
    keys: describeKeys(keys),
    continues: continues ? { ...continues } : null,
  };
}

/** Reads from a genesis what it continues; undefined when it is the first of its line. */
export function successionOf(payload: unknown): Succession | undefined {
  if (!isRecord(payload) || !isSuccession(payload.continues) || payload.continues === null) return undefined;
  const { chain, size, head } = payload.continues as unknown as Succession;
  return { chain, size, head };
}

/** Reads the payload of a genesis: its keys, or why it is none. */
export function parseGenesis(payload: unknown, chain: Uint8Array): ChainKeys | string {
  if (!isRecord(payload)) return "a genesis has a payload";
  const names = Object.keys(payload).sort().join(" ");
  if (names !== "chain continues format keys") return `a genesis holds chain, continues, format and keys, got ${names}`;
  if (payload.format !== FORMAT) return `the format of a genesis is ${FORMAT}`;
  if (payload.chain !== toHex(chain)) return "the genesis names another chain than its event";
  if (!isSuccession(payload.continues)) return "continues is null, or chain, size and head of another chain";
  return parseKeys(payload.keys) ?? "the keys of a genesis are one Ed25519 and one ML-DSA-65 key with their ids";
}

function isSuccession(value: unknown): boolean {
  if (value === null) return true;
  if (!isRecord(value) || Object.keys(value).length !== 3) return false;
  const { chain, size, head } = value;
  return isHex(chain, 32) && Number.isSafeInteger(size) && (size as number) >= 0 && isHex(head, 64);
}

function isHex(value: unknown, digits: number): boolean {
  return typeof value === "string" && value.length === digits && /^[0-9a-f]*$/.test(value);
}

/** Reads the new keys from the payload of a rotation. */
export function parseRotation(payload: unknown): ChainKeys | undefined {
  return isRecord(payload) && Object.keys(payload).length === 2 && typeof payload.reason === "string"
    ? parseKeys(payload.keys)
    : undefined;
}

/** Reads a safe integer of the payload of `chain.redacted` or `chain.leaves-dropped`. */
export function parseNumber(payload: unknown, name: string): number | undefined {
  const value = isRecord(payload) ? payload[name] : undefined;
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}
