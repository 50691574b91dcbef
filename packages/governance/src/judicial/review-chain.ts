/**
 * Reviews a chain after the fact: what ran without a decision or an intent, what did more than it declared, and approvals
 * that were used after their end. It reads and reports; what follows from a finding is for people.
 *
 * An outcome tells what it did in `result.effect`, dimension by dimension, where its action can know it: the native tools do
 * of large removals and posts, a host's actions in their `summary`.
 */
import type { ActionCatalogue, AuditReader, Clock, JsonObject, JsonValue, RecordedEvent } from "@weftos/interface";
import { inTurns } from "../replay/in-turns.ts";

/** What can be found. */
export type FindingKind =
  | "outcome-without-intent"
  | "action-without-decision"
  | "effect-exceeded"
  | "approval-not-granted"
  | "approval-expired"
  | "approval-revoked"
  | "approval-used-twice"
  | "approval-unknown";

/** Something that should not be in a chain. */
export interface Finding {
  readonly kind: FindingKind;
  /** The event it is about. */
  readonly sequence: number;
  readonly action: string;
  /** One sentence. */
  readonly detail: string;
}

/** What a review read and found. */
export interface Review {
  readonly events: number;
  /** Actions that were looked at. */
  readonly actions: number;
  readonly findings: readonly Finding[];
  /** How many findings there are beyond those listed. */
  readonly more: number;
  /** Sequence of the last event that was read; -1 when there is none. */
  readonly upTo: number;
}

const MAX_FINDINGS = 1000;
/** Questions and intents that are remembered while reading; the oldest are forgotten. */
const MAX_REMEMBERED = 100_000;

interface Question {
  readonly expiresAt: number;
  readonly granted: boolean;
  readonly standing: boolean;
  endedAt: number | undefined;
  revokedAt: number | undefined;
  used: number;
}

/** Reads a chain from `from` on. @throws the signal's reason */
export async function reviewChain(
  reader: AuditReader,
  catalogue: Pick<ActionCatalogue, "list">,
  clock: Pick<Clock, "sleep">,
  options: { readonly from?: number | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<Review> {
  const reviewer = new Reviewer(catalogue, options.from ?? 0);
  for await (const event of inTurns(reader.events(options), clock, options.signal)) reviewer.read(event);
  return reviewer.result();
}

class Reviewer {
  readonly #from: number;
  /** Kinds that are outcomes of declared actions, with the level at which each is declared. */
  readonly #outcomes: ReadonlyMap<string, string>;
  readonly #intents = new Map<number, RecordedEvent>();
  readonly #questions = new Map<string, Question>();
  /** Sequences of intents that were redacted. */
  readonly #redacted = new Map<number, true>();
  /** Kinds of which one was redacted, so that what is missing may have been there. */
  readonly #unknown = new Set<string>();
  readonly #findings: Finding[] = [];
  #more = 0;
  #events = 0;
  #actions = 0;
  #upTo = -1;

  constructor(catalogue: Pick<ActionCatalogue, "list">, from: number) {
    this.#from = from;
    this.#outcomes = new Map(catalogue.list().map(({ name, event, audit }) => [event ?? name, audit]));
  }

  read(event: RecordedEvent): void {
    this.#events++;
    this.#upTo = event.sequence;
    const { payload, kind, sequence } = event;
    if (payload === undefined) {
      this.#redactedOne(kind, sequence);
      return;
    }
    if (kind === "governance.defer") this.#asked(event, payload);
    else if (kind === "approval.answer") this.#answered(payload);
    else if (kind === "approval.expire") this.#ended(payload, event.time);
    else if (kind === "approval.revoke") this.#revoked(payload, event.time);
    else if (kind === "action.intent") {
      remember(this.#intents, sequence, event);
      this.#cited(event, payload);
    } else this.#outcome(event, payload);
  }

  /** Nothing is left to judge of it, and nothing that follows from it is a fault. */
  #redactedOne(kind: string, sequence: number): void {
    if (kind === "action.intent") remember(this.#redacted, sequence, true);
    else if (kind === "governance.defer" || kind === "approval.answer") this.#unknown.add(kind);
  }

  result(): Review {
    return {
      events: this.#events,
      actions: this.#actions,
      findings: this.#findings,
      more: this.#more,
      upTo: this.#upTo,
    };
  }

  #outcome(event: RecordedEvent, payload: JsonObject): void {
    const { intent, outcome, verdict } = payload;
    if (typeof outcome !== "string") return;
    if (!this.#outcomes.has(event.kind) && intent === undefined) return;
    this.#actions++;
    if (typeof intent === "number") {
      if (this.#redacted.delete(intent)) return;
      const of = this.#intents.get(intent);
      this.#intents.delete(intent);
      if (of === undefined) {
        if (intent >= this.#from)
          this.#found("outcome-without-intent", event, `it names the intent ${intent}, which is none`);
        return;
      }
      if (of.payload?.action !== payload.action) {
        this.#found("outcome-without-intent", event, `it names the intent ${intent}, which is of another action`);
        return;
      }
      // The next kernel writes that an outcome is unknown, in its own name.
      if (event.kind !== "action.unknown" && !sameActor(of.actor, event.actor)) {
        this.#found("outcome-without-intent", event, `it names the intent ${intent}, which is of another actor`);
        return;
      }
      this.#compare(event, of.payload?.effect, payload);
      return;
    }
    if (this.#outcomes.get(event.kind) === "durable") {
      this.#found("outcome-without-intent", event, "its action is declared durable, and no intent came before it");
      return;
    }
    if (verdict !== "permit") {
      const what = verdict === undefined ? "neither a decision nor an intent" : `the decision ${String(verdict)}`;
      this.#found("action-without-decision", event, `it ran, and its record holds ${what}`);
      return;
    }
    this.#cited(event, payload);
    this.#compare(event, payload.effect, payload);
  }

  /** Compares what was done with what was declared. */
  #compare(event: RecordedEvent, declared: JsonValue | undefined, payload: JsonObject): void {
    const done = objectOf(objectOf(payload.result)?.effect);
    if (done === undefined) return;
    const allowed = objectOf(declared) ?? {};
    for (const [dimension, value] of Object.entries(done)) {
      const limit = Number(allowed[dimension] ?? 0);
      if (Number(value) <= limit) continue;
      this.#found("effect-exceeded", event, `${dimension} was ${String(value)}, declared ${limit}`);
    }
  }

  #asked({ sequence }: RecordedEvent, { approval, expiresAt }: JsonObject): void {
    if (typeof approval !== "string" || typeof expiresAt !== "number" || sequence < 0) return;
    const fresh = { granted: false, standing: false, endedAt: undefined, revokedAt: undefined, used: 0 };
    remember(this.#questions, approval, { expiresAt, ...fresh });
  }

  #answered({ result }: JsonObject): void {
    const { approval, state } = objectOf(result) ?? {};
    const question = typeof approval === "string" ? this.#questions.get(approval) : undefined;
    if (question === undefined) return;
    const standing = state === "standing";
    this.#questions.set(String(approval), { ...question, standing, granted: standing || state === "approved" });
  }

  #ended({ approval }: JsonObject, at: number): void {
    const question = typeof approval === "string" ? this.#questions.get(approval) : undefined;
    if (question !== undefined) question.endedAt = at;
  }

  #revoked({ result, outcome }: JsonObject, at: number): void {
    const { approval } = objectOf(result) ?? {};
    const question = typeof approval === "string" ? this.#questions.get(approval) : undefined;
    if (question !== undefined && outcome === "ok") question.revokedAt = at;
  }

  /** Looks at the approval that an action ran under. */
  #cited(event: RecordedEvent, { approval, verdict, action, subject }: JsonObject): void {
    if (typeof approval !== "string" || verdict !== "permit") return;
    const question = this.#questions.get(approval);
    if (question === undefined) {
      if (this.#from === 0 && !this.#unknown.has("governance.defer"))
        this.#found("approval-unknown", event, `it ran under ${approval}, which was never asked for`);
      return;
    }
    if (question.revokedAt !== undefined) {
      this.#found("approval-revoked", event, `it ran under ${approval}, which was revoked before`);
      return;
    }
    if (!question.granted) {
      if (this.#unknown.has("approval.answer")) return;
      this.#found("approval-not-granted", event, `it ran under ${approval}, which was not granted`);
      return;
    }
    if (question.standing) return;
    // The kernel may cite the approval of what it goes on with.
    if (typeof action === "string" && subject === "kernel:0") return;
    question.used++;
    if (question.used > 1) this.#found("approval-used-twice", event, `it is use ${question.used} of ${approval}`);
    if (question.endedAt !== undefined || event.time > question.expiresAt)
      this.#found("approval-expired", event, `it ran under ${approval}, which had expired`);
  }

  #found(kind: FindingKind, event: RecordedEvent, detail: string): void {
    if (this.#findings.length >= MAX_FINDINGS) {
      this.#more++;
      return;
    }
    const action = event.payload?.action;
    const { sequence } = event;
    this.#findings.push({ kind, sequence, action: typeof action === "string" ? action : event.kind, detail });
  }
}

/** The owner, whom events name that name nobody else, may have become known between the two. */
function sameActor(a: RecordedEvent["actor"], b: RecordedEvent["actor"]): boolean {
  const same = a.pid === b.pid && a.agent === b.agent;
  return same && (a.principal === b.principal || a.principal === undefined || b.principal === undefined);
}

function remember<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
  map.set(key, value);
  if (map.size <= MAX_REMEMBERED) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

function objectOf(value: JsonValue | undefined): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}
