/** What the journal of the law holds beside the genesis: proposals on their way to an amendment, and stays of permits. */
import { z } from "@weftos/schema";
import { type EnvironmentInit, keptEnvironment } from "../environment/environment.ts";
import { type Amendment, amendmentDigest, amendmentSchema } from "./amendment.ts";

/** The most environments that are added while kernels run. */
export const MAX_ENVIRONMENTS = 100;
const text = z.string();
const time = z.int().check(z.minimum(0));
const rehearsalSchema = z.strictObject({
  decisions: z.int(),
  changes: z.int(),
  /** Sequence of the last event that was replayed. */
  upTo: z.int(),
  at: time,
});
const signatureSchema = z.strictObject({
  principal: text,
  signature: text,
  /** The key it was verified with, hex. */
  key: text,
  at: time,
});
const anchorSchema = z.strictObject({ sequence: z.int(), hash: text });

/** One record. */
export const lawRecord = z.lazy(() =>
  z.discriminatedUnion("type", [
    z.strictObject({ type: z.literal("proposed"), id: text, amendment: amendmentSchema, by: text, at: time }),
    z.strictObject({ type: z.literal("rehearsed"), id: text, rehearsal: rehearsalSchema }),
    z.strictObject({ type: z.literal("signed"), id: text, signature: signatureSchema }),
    z.strictObject({ type: z.literal("enacted"), id: text, anchor: anchorSchema, quorum: z.int(), at: time }),
    z.strictObject({
      type: z.literal("stayed"),
      id: text,
      by: text,
      reason: text,
      at: time,
      /** Sequence of the finding that it follows from. */
      finding: z.optional(time),
    }),
    z.strictObject({ type: z.literal("lifted"), id: text, by: text, at: time }),
    /** Another environment than the configured one is in force, until the configuration names another. */
    z.strictObject({ type: z.literal("switched"), id: text, configured: text, by: text, at: time }),
    z.strictObject({ type: z.literal("environment"), id: text, environment: keptEnvironment, by: text, at: time }),
  ]),
);

export type LawRecord = z.output<typeof lawRecord>;
export type Rehearsed = z.output<typeof rehearsalSchema>;

/** `proposed` → `enacted`; `outdated` when another amendment was enacted first. */
export interface Proposal {
  /** Digest of the amendment: what legislators sign. */
  readonly id: string;
  readonly amendment: Amendment;
  /** Name of the principal; `kernel` for the defaults of a newer release. */
  readonly by: string;
  readonly at: number;
  readonly rehearsal: Rehearsed | undefined;
  readonly signatures: readonly z.output<typeof signatureSchema>[];
  readonly enacted:
    | { readonly anchor: z.output<typeof anchorSchema>; readonly quorum: number; readonly at: number }
    | undefined;
}

/** A permit that the judicial branch holds back. `id` is that of the rule. */
export interface Stay {
  readonly id: string;
  readonly by: string;
  readonly reason: string;
  readonly at: number;
  /** Sequence of the event of the finding that it follows from. */
  readonly finding?: number | undefined;
}

/** All that a journal says. */
export interface LawBook {
  readonly proposals: Map<string, Proposal>;
  readonly stays: Map<string, Stay>;
  readonly environments: Map<string, EnvironmentInit>;
  switched: { readonly name: string; readonly configured: string; readonly at: number } | undefined;
  /** When each rule was stayed last, whether or not that was lifted since. */
  readonly stayedAt: Map<string, number>;
}

/** Enters a record; false when it cannot follow what came before it. */
export function enterRecord(book: LawBook, record: LawRecord): boolean {
  if (record.type === "stayed") {
    const { id, by, reason, at, finding } = record;
    if (book.stays.has(id)) return false;
    book.stayedAt.set(id, at);
    book.stays.set(id, { id, by, reason, at, ...(finding === undefined ? {} : { finding }) });
    return true;
  }
  if (record.type === "switched") {
    book.switched = { name: record.id, configured: record.configured, at: record.at };
    return true;
  }
  if (record.type === "environment") {
    if (book.environments.has(record.id) || book.environments.size >= MAX_ENVIRONMENTS) return false;
    book.environments.set(record.id, record.environment);
    return true;
  }
  if (record.type === "lifted") return book.stays.delete(record.id);
  const before = book.proposals.get(record.id);
  if (record.type === "proposed") {
    const { id, amendment, by, at } = record;
    if (before !== undefined || amendmentDigest(amendment) !== id) return false;
    const none = { rehearsal: undefined, signatures: [], enacted: undefined };
    book.proposals.set(id, { id, amendment, by, at, ...none });
    return true;
  }
  if (before === undefined || before.enacted !== undefined) return false;
  book.proposals.set(record.id, after(before, record));
  return true;
}

function after(before: Proposal, record: Extract<LawRecord, { type: "rehearsed" | "signed" | "enacted" }>): Proposal {
  if (record.type === "rehearsed") return { ...before, rehearsal: record.rehearsal };
  if (record.type === "enacted") {
    const { anchor, quorum, at } = record;
    return { ...before, enacted: { anchor, quorum, at } };
  }
  const others = before.signatures.filter(({ principal }) => principal !== record.signature.principal);
  return { ...before, signatures: [...others, record.signature] };
}
