/** Explains a recorded decision, by the rules that made it. */
import type { AuditReader, RecordedEvent } from "@weftos/interface";
import type { GovernanceGate } from "../decision/governance-gate.ts";
import { longestWindow } from "../effect/rebuild-accounts.ts";
import { sameEnvironment } from "../environment/environment.ts";
import { LawNotFoundError } from "../law/law-errors.ts";
import type { LawInForce } from "../law/law-in-force.ts";
import type { Policy } from "../policy/policy.ts";
import { accountThen } from "./account-then.ts";
import { type Explanation, explainDecision } from "./explain-decision.ts";
import { policyOfThen } from "./policy-of-then.ts";
import { type RecordedDecision, recordedDecision } from "./recorded-decision.ts";
import { spawnTree } from "./spawn-tree.ts";

/** What explaining needs. */
export interface ExplainDeps {
  readonly law: LawInForce;
  readonly gate: Pick<GovernanceGate, "engine">;
  readonly reader: () => AuditReader;
}

/**
 * Explains the decision that an event holds.
 *
 * @param sequence - that of the event
 * @throws `GOVERNANCE_LAW_NOT_FOUND` for an event that is not there or holds no decision
 */
export async function explainEvent(deps: ExplainDeps, sequence: number, signal: AbortSignal): Promise<Explanation> {
  for await (const event of deps.reader().events({ from: sequence, signal })) {
    if (event.sequence !== sequence) break;
    const decision = recordedDecision(event);
    const explained = decision === undefined ? undefined : await explain(deps, decision, signal);
    if (explained === undefined) throw noDecision(sequence, insteadOf(event));
    return explained;
  }
  throw await noEvent(deps.reader(), sequence, signal);
}

async function noEvent(reader: AuditReader, sequence: number, signal: AbortSignal): Promise<LawNotFoundError> {
  let first: number | undefined;
  let last = 0;
  for await (const event of reader.events({ signal })) {
    first ??= event.sequence;
    last = event.sequence;
  }
  const kept = first === undefined ? "none is kept" : `the first that is kept is ${first}, the last ${last}`;
  return new LawNotFoundError(`there is no event ${sequence}: ${kept}`, { details: { id: String(sequence) } });
}

function noDecision(sequence: number, instead: string | undefined): LawNotFoundError {
  const why = instead === undefined ? "" : `: ${instead}`;
  return new LawNotFoundError(`event ${sequence} holds no decision of the rules${why}`, {
    details: { id: String(sequence) },
  });
}

/** Says where the decision is, or what refused an action without that any rule decided. */
function insteadOf({ payload }: RecordedEvent): string | undefined {
  if (typeof payload?.intent === "number") return `it is the outcome of event ${payload.intent}, which holds it`;
  if (payload?.verdict !== "deny") return undefined;
  const reason = typeof payload.reason === "string" ? payload.reason : "no reason is recorded";
  if (payload.by === "capability") return `a capability refused it before any was asked (${reason})`;
  return payload.by === "approval" ? `its approval did not hold (${reason})` : undefined;
}

async function explain(
  { law, gate, reader }: ExplainDeps,
  decision: RecordedDecision,
  signal: AbortSignal,
): Promise<Explanation | undefined> {
  const now = gate.engine;
  if (now === undefined) return undefined;
  const versions = law.legislature.versions();
  const mayAsk = (of: Policy) => law.mayAsk(of);
  const then = await policyOfThen({ reader: reader(), versions, mayAsk, signal }, decision);
  const windowMs = longestWindow((then?.engine ?? now).policy.rules);
  const ledger = await accountThen(reader(), decision, windowMs, signal);
  const tree = await spawnTree(reader(), signal);
  if (then === undefined) {
    const judgedBy = { policy: "now", version: versions.length - 1 } as const;
    return explainDecision(decision, { engine: now, judgedBy, ledger, tree });
  }
  const { engine, version, since } = then;
  const inForce = engine.policy.digest === now.policy.digest && sameEnvironment(engine.environment, now.environment);
  return explainDecision(decision, { engine, judgedBy: { policy: "then", version, since, inForce }, ledger, tree });
}
