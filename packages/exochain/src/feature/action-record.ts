// The record of one action, put together from its events: decision, approval, intent, outcome, proof.
import type { JsonValue } from "@weftos/interface";
import { ChainEventNotFoundError } from "../error/chain-errors.ts";
import type { ReadableChain } from "../reader/closed-chain.ts";
import type { StoredEvent } from "../reader/stored-event.ts";
import { UNKNOWN_OUTCOME } from "./open-intents.ts";

const MAX_PARENTS = 16;

/** Who did what on what, what was decided and why, how it ended, and where that is proven. */
export interface ActionRecord {
  readonly sequence: number;
  readonly time: number;
  readonly kind: string;
  readonly who: string;
  readonly principal: string | null;
  readonly pid: number | null;
  readonly agent: string | null;
  /** Who spawned the agent, then who spawned them, up to the kernel or 16 of them. */
  readonly parents: readonly { readonly pid: number; readonly agent: string }[];
  readonly node: string;
  readonly action: string;
  readonly resource: string | null;
  readonly attributes: JsonValue;
  readonly effect: JsonValue;
  readonly verdict: string | null;
  /** Who refused: capability, rule, threshold, default or approval. */
  readonly by: string | null;
  readonly rules: JsonValue;
  /** Branch of each rule, in the same order. */
  readonly branches: JsonValue;
  /** What the decision demanded beside itself: a level of record, an approval, a suspension. */
  readonly obligations: JsonValue;
  readonly warnings: JsonValue;
  readonly policy: string | null;
  readonly reason: string | null;
  readonly approval: string | null;
  /** Who answered the approval, and how. */
  readonly answers: readonly { readonly principal: string; readonly verdict: string; readonly time: number }[];
  /**
   * `ok` or `failed`; `refused` and `pending` when it did not run; `unknown` for an intent without an outcome, also where a
   * crash kept it; `recorded` for an event of no guarded action, whose payload is then the result.
   */
  readonly outcome: "ok" | "failed" | "refused" | "pending" | "unknown" | "recorded";
  /** Code of the error of a failed run. */
  readonly error: string | null;
  readonly result: JsonValue;
  /** Milliseconds from the intent to the outcome; null for an action without an intent, or without an outcome. */
  readonly durationMs: number | null;
  /** What it cost, as the outcome says; null where nothing was accounted. */
  readonly cost: JsonValue;
  /** Whether what some of its events said was destroyed: then fields are missing. */
  readonly redacted: boolean;
  /** Sequences of all events of this action. */
  readonly events: readonly number[];
  readonly proof: {
    readonly sequence: number;
    /** Event hash, lower-case hex. */
    readonly hash: string;
    /** Size of the newest checkpoint that covers it; null while none does. */
    readonly checkpoint: number | null;
  };
}

/**
 * Finds the record of an action.
 *
 * @param id - sequence of any of its events, in decimal, or the id of its approval
 * @throws `CHAIN_EVENT_NOT_FOUND`
 */
export async function findAction(chain: ReadableChain, id: string): Promise<ActionRecord> {
  const events = /^(0|[1-9][0-9]{0,15})$/.test(id)
    ? await eventsOf(chain, Number(id))
    : await eventsOfApproval(chain, id);
  const [first] = events;
  if (first === undefined) {
    throw new ChainEventNotFoundError(`no event is recorded for ${JSON.stringify(id.slice(0, 128))}`, {
      details: { id: id.slice(0, 128) },
    });
  }
  const record = recordOf(events as [StoredEvent, ...StoredEvent[]], chain.status().checkpoint);
  const [parents, answers] = await Promise.all([parentsOf(chain, record), answersTo(chain, record.approval)]);
  return { ...record, parents, answers };
}

/** Follows the spawns of an agent up to the kernel. */
async function parentsOf(chain: ReadableChain, { pid, sequence }: ActionRecord): Promise<ActionRecord["parents"]> {
  const parents: { pid: number; agent: string }[] = [];
  let child = pid;
  let before = sequence + 1;
  while (child !== null && child > 0 && parents.length < MAX_PARENTS) {
    let parent: { readonly pid: number; readonly sequence: number } | undefined;
    for await (const { payload, sequence: at } of chain.query({ kind: "agent.*", to: before })) {
      const result = objectOf(payload?.result);
      if (result?.pid === child && typeof result.parent === "number") parent = { pid: result.parent, sequence: at };
    }
    if (parent === undefined) break;
    const { pid: above } = parent;
    parents.push({ pid: above, agent: above === 0 ? "kernel" : await nameOf(chain, above, parent.sequence) });
    child = above;
    before = parent.sequence;
  }
  return parents;
}

async function nameOf(chain: ReadableChain, pid: number, to: number): Promise<string> {
  let name = "unknown";
  for await (const { payload } of chain.query({ kind: "agent.*", to })) {
    const result = objectOf(payload?.result);
    if (result?.pid === pid && typeof result.agent === "string") name = result.agent;
  }
  return name;
}

async function answersTo(chain: ReadableChain, approval: string | null): Promise<ActionRecord["answers"]> {
  const answers: { principal: string; verdict: string; time: number }[] = [];
  if (approval === null) return answers;
  for await (const { payload, actor, time } of chain.query({ kind: "approval.answer" })) {
    const result = objectOf(payload?.result);
    if (result?.approval !== approval) continue;
    answers.push({ principal: actor.principal ?? "kernel", verdict: String(result.verdict), time });
  }
  return answers;
}

function objectOf(value: JsonValue | undefined): Readonly<Record<string, JsonValue>> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return value as Readonly<Record<string, JsonValue>>;
}

async function eventsOf(chain: ReadableChain, sequence: number): Promise<StoredEvent[]> {
  const event = await chain.get(sequence);
  const intent = event.payload?.intent;
  if (typeof intent === "number" && intent < sequence) return [await chain.get(intent), event];
  if (event.kind !== "action.intent") return [event];
  for await (const later of chain.query({ intent: sequence, from: sequence + 1 })) return [event, later];
  return [event];
}

async function eventsOfApproval(chain: ReadableChain, approval: string): Promise<StoredEvent[]> {
  const events = new Map<number, StoredEvent>();
  for await (const event of chain.query({ approval })) {
    if (typeof event.payload?.action !== "string" || event.kind === "approval.answer") continue;
    events.set(event.sequence, event);
    if (event.kind !== "action.intent") continue;
    const intent = event.sequence;
    for await (const outcome of chain.query({ intent, from: intent + 1 })) events.set(outcome.sequence, outcome);
  }
  return [...events.values()].sort((a, b) => a.sequence - b.sequence);
}

function recordOf(events: readonly [StoredEvent, ...StoredEvent[]], checkpoint: number): ActionRecord {
  // Later events say more: the outcome after the intent, the run after the question.
  const facts: Record<string, JsonValue> = Object.assign({}, ...events.map((event) => event.payload ?? {}));
  const decided = events.findLast((event) => typeof event.payload?.verdict === "string") ?? events[0];
  const last = events[events.length - 1] ?? events[0];
  const { actor } = decided;
  const outcome = outcomeOf(last, facts);
  const text = (name: string): string | null => (typeof facts[name] === "string" ? facts[name] : null);
  return {
    sequence: decided.sequence,
    time: decided.time,
    kind: last.kind,
    who: text("subject") ?? whoOf(actor),
    principal: actor.principal ?? null,
    pid: actor.pid ?? null,
    agent: actor.agent ?? null,
    parents: [],
    node: actor.node,
    action: text("action") ?? decided.kind,
    resource: text("resource"),
    attributes: facts.attributes ?? {},
    effect: facts.effect ?? {},
    verdict: text("verdict"),
    by: text("by"),
    rules: facts.rules ?? [],
    branches: facts.branches ?? [],
    obligations: facts.obligations ?? [],
    warnings: facts.warnings ?? [],
    policy: text("policy"),
    reason: text("reason"),
    approval: text("approval"),
    answers: [],
    outcome,
    error: text("error"),
    result: outcome === "recorded" ? facts : (facts.result ?? null),
    durationMs: typeof last.payload?.intent === "number" && outcome !== "unknown" ? last.time - decided.time : null,
    cost: objectOf(facts.result)?.cost ?? null,
    redacted: events.some((event) => event.redacted),
    events: events.map((event) => event.sequence),
    proof: { sequence: last.sequence, hash: last.hash, checkpoint: checkpoint > last.sequence ? checkpoint : null },
  };
}

function outcomeOf(last: StoredEvent, facts: Readonly<Record<string, JsonValue>>): ActionRecord["outcome"] {
  if (last.kind === "governance.deny") return "refused";
  if (last.kind === "governance.defer") return "pending";
  if (last.kind === "action.intent" || last.kind === UNKNOWN_OUTCOME) return "unknown";
  return facts.outcome === "failed" || facts.outcome === "ok" ? facts.outcome : "recorded";
}

function whoOf(actor: StoredEvent["actor"]): string {
  if (actor.principal !== undefined) return `principal:${actor.principal}`;
  return actor.pid === undefined || actor.pid === 0 ? "kernel:0" : `process:${actor.pid}`;
}
