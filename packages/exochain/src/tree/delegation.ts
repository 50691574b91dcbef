// Certificates of delegation: somebody passes some of what they may do, at a path and below it, on to somebody else, until a
// time. The node signs; a certificate under another can only narrow it. Checked here without the tree: with the certificates
// from the leaf to the root, the node's keys, the time and what was revoked, anybody comes to the same answer.
import { ed25519, encodeCanonical, equalBytes, fromBase64, shake256, toHex } from "@weftos/crypto";
import type { JsonObject, JsonValue, Role } from "@weftos/interface";
import { shortHash, tagBytes } from "../format/domain-hash.ts";
import { isEntrySubject, type Permission, readPermissions } from "./access-entry.ts";
import type { DelegationFault } from "./delegation-fault.ts";
import { checkPath, isWithin } from "./resource-path.ts";

/** Most certificates above one another. */
export const MAX_LINKS = 8;
const TAG = tagBytes("weftos/tree/v1/delegation");
const ID_BYTES = 16;
const ROLES: readonly string[] = ["viewer", "operator", "approver", "admin"];

/** What a certificate says. Times in milliseconds UTC. */
export interface DelegationTerms {
  /** Chain of the node that signed it, 32 hex digits. */
  readonly chain: string;
  /** Who passes on: `kernel`, `principal:…`, `pid:…` or `node:…`; under another certificate, that one's `to`. */
  readonly grantor: string;
  /** Role of a grantor who is a principal, as it was then; null for others, and under another certificate. */
  readonly role: Role | null;
  /** Who receives: `principal:…`, `agent:…`, `pid:…` or `node:…`. */
  readonly to: string;
  readonly path: string;
  /** Sorted, each once. */
  readonly permissions: readonly Permission[];
  readonly createdAt: number;
  /** From then on it says nothing. */
  readonly expiresAt: number;
  /** Id of the certificate it stands under; null when it stands on its grantor's own access. */
  readonly under: string | null;
  /** How many certificates stand above it. */
  readonly depth: number;
  /** How many may stand below it, one under the other. */
  readonly further: number;
  /** Id of the Ed25519 key that signs. */
  readonly key: string;
}

/** A signed certificate. */
export interface Delegation extends DelegationTerms {
  /** Hex of 16 bytes: the hash of the terms. */
  readonly id: string;
  /** Ed25519, base64. */
  readonly signature: string;
}

/** What certificates are held against. */
export interface DelegationTrust {
  /** Public Ed25519 keys of the node, by key id in hex: genesis and rotations of its chain name them. */
  readonly keys: ReadonlyMap<string, Uint8Array>;
  /** Milliseconds UTC. */
  readonly now: number;
  /** Tells whether a certificate was revoked, by its id. */
  readonly revoked: (id: string) => boolean;
  /** Chain id that they must be of. @defaultValue any, the same for all */
  readonly chain?: string | undefined;
}

/** Gives the bytes that are signed. */
export function delegationBytes(terms: DelegationTerms): Uint8Array {
  const body = encodeCanonical(termsJson(terms));
  const bytes = new Uint8Array(TAG.length + body.length);
  bytes.set(TAG);
  bytes.set(body, TAG.length);
  return bytes;
}

/** Gives the id of what is signed. */
export function delegationId(bytes: Uint8Array): string {
  return toHex(shake256(bytes, ID_BYTES));
}

/**
 * Checks certificates from the one that is used to the one that stands on its grantor's own access. Whether that grantor may do
 * what it passes on is not asked here: the access lists say it.
 *
 * @param links - the one that is used first, then each the one it stands under
 * @returns why they do not hold; undefined when they do
 */
export function delegationFault(links: readonly Delegation[], trust: DelegationTrust): DelegationFault | undefined {
  if (links.length === 0) return "missing";
  if (links.length > MAX_LINKS) return "depth";
  for (const [at, link] of links.entries()) {
    const fault = ownFault(link, trust) ?? signatureFault(link, trust.keys) ?? linkFault(link, links[at + 1]);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Checks time and revocation of one certificate. */
export function ownFault(link: Delegation, { now, revoked, chain }: DelegationTrust): DelegationFault | undefined {
  if (chain !== undefined && link.chain !== chain) return "key";
  if (revoked(link.id)) return "revoked";
  if (now >= link.expiresAt) return "expired";
  return now < link.createdAt ? "early" : undefined;
}

/** Checks id and signature of one certificate. */
export function signatureFault(link: Delegation, keys: ReadonlyMap<string, Uint8Array>): DelegationFault | undefined {
  const bytes = delegationBytes(link);
  if (delegationId(bytes) !== link.id) return "id";
  const key = keys.get(link.key);
  if (key === undefined || toHex(shortHash(key)) !== link.key) return "key";
  try {
    const signature = fromBase64(link.signature);
    return signature.length === 64 && ed25519.verifier(key).verify(bytes, signature) ? undefined : "signature";
  } catch {
    return "signature";
  }
}

/** Checks that a certificate only narrows the one that it stands under. */
export function linkFault(link: Delegation, above: Delegation | undefined): DelegationFault | undefined {
  if (link.under === null) return above !== undefined ? "missing" : link.depth === 0 ? undefined : "depth";
  if (above === undefined || above.id !== link.under) return "missing";
  if (link.grantor !== above.to || link.role !== null || link.chain !== above.chain) return "grantor";
  if (!isWithin(link.path, above.path)) return "widens";
  if (!link.permissions.every((permission) => covers(above.permissions, permission))) return "widens";
  if (link.expiresAt > above.expiresAt || link.createdAt < above.createdAt) return "outlives";
  return link.depth !== above.depth + 1 || link.depth >= MAX_LINKS || link.further >= above.further
    ? "depth"
    : undefined;
}

/** Tells whether a set of permissions holds one. */
export function covers(permissions: readonly Permission[], permission: Permission): boolean {
  return permissions.includes("*") || permissions.includes(permission);
}

/** Gives a certificate the form of a node's metadata. */
export function delegationJson({ id, signature, ...terms }: Delegation): JsonObject {
  return { ...termsJson(terms), id, signature };
}

/** Reads a certificate; undefined when it has another form. Fields that it does not know make it another form. */
export function readDelegation(value: JsonValue | undefined): Delegation | undefined {
  try {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    const { id, signature } = value as JsonObject;
    const { grantor, role = null, to, path, permissions, under = null, key, chain } = value as JsonObject;
    const { createdAt, expiresAt, depth, further } = value as JsonObject;
    if (!isHex(id) || !isHex(key) || !isHex(chain) || typeof signature !== "string") return undefined;
    if (typeof grantor !== "string" || !isGrantor(grantor) || typeof to !== "string" || !isReceiver(to))
      return undefined;
    if ((role !== null && !isRole(role)) || (under !== null && !isHex(under)) || typeof path !== "string")
      return undefined;
    if (!isCount(createdAt) || !isCount(expiresAt) || !isCount(depth) || !isCount(further)) return undefined;
    if (further >= MAX_LINKS) return undefined;
    const terms = {
      ...{ chain, grantor, role, to, path: checkPath(path), permissions: readPermissions(path, permissions) },
      ...{ createdAt, expiresAt, under, depth, further, key },
    };
    const read = { ...terms, id, signature };
    const { role: _role, under: _under, ...rest } = value as JsonObject;
    const { role: _readRole, under: _readUnder, ...restRead } = delegationJson(read);
    return equalBytes(encodeCanonical(restRead), encodeCanonical(rest)) ? read : undefined;
  } catch {
    return undefined;
  }
}

/** Tells whether somebody can receive: one by name, not a role and not everybody. */
export function isReceiver(text: string): boolean {
  return isEntrySubject(text) && text !== "*" && !text.startsWith("role:");
}

function isGrantor(text: string): boolean {
  return text === "kernel" || isReceiver(text);
}

function termsJson(terms: DelegationTerms): JsonObject {
  const { chain, grantor, role, to, path, permissions, createdAt, expiresAt, under, depth, further, key } = terms;
  const said = { chain, grantor, to, path, permissions, createdAt, expiresAt, depth, further, key };
  return { ...said, ...(role === null ? {} : { role }), ...(under === null ? {} : { under }) };
}

function isRole(value: JsonValue | undefined): value is Role {
  return typeof value === "string" && ROLES.includes(value);
}

function isHex(value: JsonValue | undefined): value is string {
  return typeof value === "string" && /^[0-9a-f]{32}$/.test(value);
}

function isCount(value: JsonValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
