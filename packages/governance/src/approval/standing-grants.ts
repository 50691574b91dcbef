/**
 * Standing grants by what they cover. A draft is covered when kind, name and document, action with effect, resource and holder are those
 * that were approved; any other document, one letter of it changed, is not, and a person is asked again.
 */
import { encodeCanonical, shake256, toHex } from "@weftos/crypto";
import type { Approval, ApprovalDraft } from "@weftos/interface";
import { canonicalOf } from "../policy/policy.ts";

/** The most standing grants of one kernel. */
export const MAX_STANDING = 1000;

/**
 * Computes the digest of what a standing grant covers: SHAKE-256/256 over the canonical bytes, lower-case hex. PIDs change
 * with every restart, so a process is bound by the name of its agent.
 *
 * @returns undefined when the draft names no document, or its holder has no name
 * @throws `CHAIN_NOT_CANONICAL` for text that is not well-formed Unicode
 */
export function standingDigest(draft: ApprovalDraft): string | undefined {
  const { standing, request, effect, agent } = draft;
  const { subject } = request;
  if (standing === undefined || (subject.kind === "process" && agent === undefined)) return undefined;
  const canonical = canonicalOf({
    version: 2,
    standing: [standing.kind, standing.name, standing.document],
    action: request.action,
    effect: effect === undefined ? [] : [{ ...effect }],
    resource: request.resource,
    holder: subject.kind === "process" ? ["agent", agent ?? ""] : [subject.kind, subject.id],
  });
  return toHex(shake256(encodeCanonical(canonical)));
}

/** The grants that stand now. */
export class StandingGrants {
  readonly #byDigest = new Map<string, Set<string>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Takes note of an approval's new state. */
  saw({ id, state, standing }: Approval): void {
    if (standing === undefined) return;
    const ids = this.#byDigest.get(standing.digest) ?? new Set<string>();
    this.#size -= ids.size;
    if (state === "standing") ids.add(id);
    else ids.delete(id);
    this.#size += ids.size;
    if (ids.size > 0) this.#byDigest.set(standing.digest, ids);
    else this.#byDigest.delete(standing.digest);
  }

  /** Gives the ids of the grants that cover a draft, newest first. */
  covering(draft: ApprovalDraft): readonly string[] {
    if (this.#size === 0) return [];
    const digest = standingDigest(draft);
    return [...((digest === undefined ? undefined : this.#byDigest.get(digest)) ?? [])].reverse();
  }
}
