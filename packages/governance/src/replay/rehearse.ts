/**
 * Replays every decision of a chain under the law in force and under another policy, and lists where the two differ, and why.
 * What differs from the record for another reason, such as an environment that was switched since, is counted apart.
 */
import type { ActionCatalogue, AuditReader, Clock, Decision } from "@weftos/interface";
import { type DecisionEngine, isUnjudged } from "../decision/decision-engine.ts";
import { EffectLedger } from "../effect/effect-ledger.ts";
import { DeclarationsOfThen } from "./declarations-of-then.ts";
import { inTurns } from "./in-turns.ts";
import { factsOf, type RecordedDecision, recordedDecision } from "./recorded-decision.ts";
import { type SpawnTree, spawnTree } from "./spawn-tree.ts";

/** The most changes that are listed; all are counted. */
const MAX_LISTED = 1000;

/** A decision that would be another. */
export interface RehearsedChange {
  readonly sequence: number;
  readonly time: number;
  readonly action: string;
  readonly subject: string;
  readonly agent: string | undefined;
  readonly resource: string;
  readonly from: RecordedDecision["verdict"];
  readonly to: RecordedDecision["verdict"];
  /** Rules that decide now and did not then, or did then and do not now; else the sentence that decides. */
  readonly cause: string;
}

/** What a rehearsal found. */
export interface Rehearsal {
  /** Digest of the candidate. */
  readonly policy: string;
  readonly decisions: number;
  /** How many would change, by `permit→deny` and the like. */
  readonly changes: Readonly<Record<string, number>>;
  readonly changed: number;
  /** How many would be decided otherwise than they were, under the law in force already. */
  readonly driftedSince: number;
  /** How many the candidate cannot judge: it asks for what was not recorded, such as the rights that a process held. */
  readonly unjudged: number;
  readonly listed: readonly RehearsedChange[];
  /** Sequence of the last event that was read; -1 when there is none. */
  readonly upTo: number;
}

/**
 * Replays.
 *
 * @param from - first sequence
 * @throws the signal's reason
 */
export async function rehearse(
  reader: AuditReader,
  current: DecisionEngine,
  candidate: DecisionEngine,
  catalogue: Pick<ActionCatalogue, "find">,
  clock: Pick<Clock, "sleep">,
  options: { readonly from?: number | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<Rehearsal> {
  const tree = await spawnTree(reader, options.signal);
  const then = { ledger: new EffectLedger(), catalogue, tree, declarations: new DeclarationsOfThen() };
  const other = { ...then, ledger: new EffectLedger() };
  const changes: Record<string, number> = {};
  const listed: RehearsedChange[] = [];
  let decisions = 0;
  let changed = 0;
  let driftedSince = 0;
  let unjudged = 0;
  let upTo = -1;
  for await (const event of inTurns(reader.events(options), clock, options.signal)) {
    upTo = event.sequence;
    const recorded = recordedDecision(event);
    if (recorded === undefined) continue;
    decisions++;
    const before = decideAgain(current, recorded, other);
    const now = decideAgain(candidate, recorded, then);
    const from = verdictOf(recorded, before);
    const to = verdictOf(recorded, now);
    if (from !== recorded.verdict) driftedSince++;
    if (isUnjudged(now) && !isUnjudged(before)) {
      unjudged++;
      continue;
    }
    if (from === to) continue;
    changed++;
    const way = `${from}→${to}`;
    changes[way] = (changes[way] ?? 0) + 1;
    if (listed.length < MAX_LISTED) listed.push(changeOf(recorded, before, now, from, to));
  }
  return { policy: candidate.policy.digest, decisions, changes, changed, driftedSince, unjudged, listed, upTo };
}

/** The kernel's own upkeep is never deferred. */
function verdictOf({ request }: RecordedDecision, { verdict }: Decision): Decision["verdict"] {
  return request.subject.kind === "kernel" && verdict === "defer" ? "permit" : verdict;
}

/** What a decision of then is judged again with. */
interface Then {
  readonly catalogue: Pick<ActionCatalogue, "find">;
  /** What was done by then. */
  readonly ledger: EffectLedger;
  readonly tree: SpawnTree;
  readonly declarations: DeclarationsOfThen;
}

/** Asks an engine again what was asked then, with what the agent had done by then. */
function decideAgain(engine: DecisionEngine, recorded: RecordedDecision, then: Then): Decision {
  const { request, effect, time, ran } = recorded;
  const { catalogue, ledger, tree, declarations } = then;
  const accumulates = catalogue.find(request.action)?.accumulates === true;
  const facts = factsOf(recorded, tree, (account, windowMs, halfLifeMs) =>
    ledger.within(account, windowMs, halfLifeMs, time),
  );
  const decision = engine.decide(request, declarations.of(recorded, accumulates), facts);
  const account = ran && accumulates ? facts.account(request.subject) : undefined;
  if (account !== undefined) ledger.book(account, effect, time);
  return decision;
}

function changeOf(
  recorded: RecordedDecision,
  before: Decision,
  now: Decision,
  from: RehearsedChange["from"],
  to: RehearsedChange["to"],
): RehearsedChange {
  const { sequence, time, request, agent } = recorded;
  const { subject, action, resource } = request;
  const cause = causeOf(before, now);
  return { sequence, time, action, subject: `${subject.kind}:${subject.id}`, agent, resource, from, to, cause };
}

function causeOf(before: Decision, now: Decision): string {
  const old = new Set(before.rules.map((rule) => rule.id));
  const after = new Set(now.rules.map((rule) => rule.id));
  const came = now.rules.filter(({ id }) => !old.has(id)).map(({ id, outcome }) => `${id} (${outcome}) matches`);
  const went = before.rules.filter(({ id }) => !after.has(id)).map(({ id }) => `${id} matches no more`);
  const parts = [...came, ...went].slice(0, 8);
  return parts.length > 0 ? parts.join("; ") : now.reason;
}
