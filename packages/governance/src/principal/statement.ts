/**
 * What principals sign: the canonical bytes of a list that begins with its purpose, so that no signature for one thing holds
 * for another.
 */
import { encodeCanonical } from "@weftos/crypto";

/** What an approver says of one question. */
export interface AnswerStatement {
  /** Id of the approval. */
  readonly approval: string;
  /** Digest of exactly what was shown, hex. */
  readonly digest: string;
  readonly verdict: "approve" | "deny" | "revoke";
  readonly standing: boolean;
  readonly comment: string;
}

/** Gives the bytes that an approver signs: canonical CBOR of purpose, id, digest, verdict, standing and comment. */
export function answerStatement(of: AnswerStatement): Uint8Array {
  const { approval, digest, verdict, standing, comment } = of;
  return encodeCanonical(["weftos/approval-answer/1", approval, digest, verdict, standing, comment]);
}

/** A new key for a principal. */
export interface RotationStatement {
  /** Which chain, as `principal.list` names it: a signature for one kernel holds on no other. */
  readonly chain: string;
  readonly name: string;
  /** The new public key, hex. */
  readonly key: string;
}

/** Gives the bytes that a principal signs with its old key when it gets a new one: canonical CBOR of purpose and parts. */
export function rotationStatement({ chain, name, key }: RotationStatement): Uint8Array {
  return encodeCanonical(["weftos/rotation/2", chain, name, key]);
}

/** A change of who is known, to which others consent. */
export interface ConsentStatement {
  /** Which chain, as `principal.list` names it: a signature for one kernel holds on no other. */
  readonly chain: string;
  readonly action: "add" | "revoke" | "token";
  /** Whom it is about. */
  readonly name: string;
  /** What `add` gives. */
  readonly gives?: { readonly role: string; readonly branches: readonly string[]; readonly key: string } | undefined;
  /** When it is signed, milliseconds UTC; it holds for a day. */
  readonly at: number;
}

/** Gives the bytes that somebody signs who consents: canonical CBOR of purpose, chain, action, name, role, branches, key, time. */
export function consentStatement({ chain, action, name, gives, at }: ConsentStatement): Uint8Array {
  const { role = "", branches = [], key = "" } = gives ?? {};
  return encodeCanonical(["weftos/consent/2", chain, action, name, role, [...new Set(branches)].sort(), key, at]);
}

/** Gives the bytes that a legislator signs under an amendment: canonical CBOR of purpose, chain's genesis and its digest. */
export function amendmentStatement(genesis: string, digest: string): Uint8Array {
  return encodeCanonical(["weftos/amendment/1", genesis, digest]);
}
