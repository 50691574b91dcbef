/** The methods of the judicial branch: it reviews afterwards, holds back permits, suspends agents; it makes and permits nothing. */
import type {
  ActionCatalogue,
  AuditLog,
  AuditReader,
  Clock,
  Method,
  ProcessControl,
  ProcessDirectory,
} from "@weftos/interface";
import { toPid } from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import type { GovernanceGate } from "../decision/governance-gate.ts";
import type { Finding, Review } from "../judicial/review-chain.ts";
import { LawNotFoundError } from "../law/law-errors.ts";
import type { LawInForce } from "../law/law-in-force.ts";
import type { Stay } from "../law/law-record.ts";
import { type ActingDeps, act } from "./acting.ts";

const sequence = z.int().check(z.minimum(0));
const reason = z.string().check(z.minLength(1), z.maxLength(2000));
const rule = z.string().check(z.minLength(1), z.maxLength(64));
const approval = z.optional(z.string().check(z.minLength(1), z.maxLength(128)));

/** What the methods need. */
export interface JudicialDeps extends ActingDeps {
  readonly law: LawInForce;
  readonly gate: GovernanceGate;
  readonly audit: Pick<AuditLog, "append">;
  readonly catalogue: ActionCatalogue;
  readonly reader: () => AuditReader;
  readonly control: () => ProcessControl;
  readonly directory: () => ProcessDirectory;
  readonly clock: Pick<Clock, "sleep">;
}

/** Makes the methods. */
export function judicialMethods(deps: JudicialDeps): readonly Method[] {
  const { law, catalogue } = deps;
  return [
    defineMethod({
      name: "judicial.review",
      description:
        "Reviews the chain: what ran without decision or intent, did more than declared, used ended approvals",
      role: "approver",
      mutates: true,
      input: z.strictObject({ from: z._default(sequence, 0) }),
      run: ({ from }, caller) =>
        act<Review>(deps, {
          action: "judicial.review",
          resource: "chain",
          attributes: { from },
          caller,
          branch: "judicial",
          summary: ({ events, actions, findings, more }) => ({ events, actions, findings: findings.length + more }),
          run: async (by) => {
            const { reviewChain } = await import("../replay/look-back.ts");
            const review = await reviewChain(deps.reader(), catalogue, deps.clock, { from, signal: caller.signal });
            for (const finding of review.findings) recordFinding(deps.audit, finding, by);
            return review;
          },
        }),
    }),
    defineMethod({
      name: "judicial.stay",
      description: "Holds back the permit of a rule, until the stay is lifted",
      role: "approver",
      mutates: true,
      input: z.strictObject({
        rule,
        reason,
        /** Sequence of the event of a finding that it follows from. */
        finding: z.optional(sequence),
        approval,
      }),
      run: ({ rule, reason, finding, approval }, caller) =>
        act<Stay>(deps, {
          action: "judicial.stay",
          resource: `rule:${rule}`,
          attributes: { rule, reason: reason.slice(0, 1000), ...(finding === undefined ? {} : { finding }) },
          shows: { reason },
          caller,
          branch: "judicial",
          approval,
          summary: ({ id, at }) => ({ rule: id, at }),
          run: async (by) => {
            const found = deps.gate.engine?.policy.rules.find((one) => one.id === rule);
            if (found?.outcome.kind !== "permit") {
              throw new LawNotFoundError(`${rule} is no rule in force that permits`, { details: { id: rule } });
            }
            if (finding !== undefined) await checkFinding(deps.reader(), finding);
            const stay = await law.stays.stay(rule, by, reason, finding);
            await law.enact();
            return stay;
          },
        }),
    }),
    defineMethod({
      name: "judicial.lift",
      description: "Lifts the stay of a rule's permit",
      role: "approver",
      mutates: true,
      input: z.strictObject({ rule, approval }),
      run: ({ rule, approval }, caller) =>
        act<Stay>(deps, {
          action: "judicial.lift",
          resource: `rule:${rule}`,
          attributes: { rule },
          caller,
          branch: "judicial",
          approval,
          summary: ({ id }) => ({ rule: id }),
          run: async (by) => {
            const stay = await law.stays.lift(rule, by);
            await law.enact();
            return stay;
          },
        }),
    }),
    defineMethod({
      name: "judicial.suspend",
      description: "Suspends an agent until an operator resumes it",
      role: "approver",
      mutates: true,
      input: z.strictObject({ pid: z.int().check(z.minimum(1)), reason, approval }),
      run: ({ pid, reason, approval }, caller) =>
        act<{ readonly pid: number; readonly agent: string | null }>(deps, {
          action: "judicial.suspend",
          resource: `process:${pid}`,
          attributes: { pid, reason: reason.slice(0, 1000) },
          shows: { reason },
          caller,
          branch: "judicial",
          approval,
          summary: (output) => ({ ...output }),
          run: async () => {
            const agent = deps.directory().find(toPid(pid))?.name ?? null;
            deps.control().suspend(toPid(pid));
            return { pid, agent };
          },
        }),
    }),
  ];
}

/** @throws `GOVERNANCE_LAW_NOT_FOUND` when an event is no finding */
async function checkFinding(reader: AuditReader, finding: number): Promise<void> {
  for await (const { sequence: at } of reader.events({ kind: "judicial.finding", from: finding })) {
    if (at === finding) return;
    break;
  }
  throw new LawNotFoundError(`event ${finding} is no finding of the judicial branch`, {
    details: { id: String(finding) },
  });
}

/** The same finding is recorded once, however often the chain is reviewed. */
function recordFinding(audit: Pick<AuditLog, "append">, finding: Finding, by: string): void {
  const { kind, sequence, action, detail } = finding;
  audit.append({
    source: "governance",
    kind: "judicial.finding",
    actor: by === "kernel" ? { pid: 0 } : { principal: by },
    payload: { finding: kind, event: sequence, of: action, detail },
    idempotencyKey: `judicial.finding:${kind}:${sequence}`,
  });
}
