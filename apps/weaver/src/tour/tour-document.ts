/** The one document that `--json` prints. */
import type { DecisionCounts, JsonValue, ProcessInfo } from "@weftos/interface";
import type { Attempt } from "./attack/attempt.ts";
import type { FleetResult } from "./fleet/fleet-result.ts";
import type { ApprovalStanding } from "./story/ask-step.ts";
import type { Proof } from "./story/prove-step.ts";

/** What happened in a tour. */
export interface TourOutcome {
  readonly fleet: FleetResult;
  readonly processes: readonly ProcessInfo[];
  readonly decisions: DecisionCounts;
  readonly attempts: readonly Attempt[];
  readonly approvals: readonly ApprovalStanding[];
  readonly proof: Proof;
  readonly environment: string;
}

/** Makes the document. */
export function tourDocument(outcome: TourOutcome): JsonValue {
  const { fleet, processes, decisions, attempts, approvals, proof, environment } = outcome;
  const { files, bytes, words, topTerms, search, unreadable } = fleet;
  const document = {
    files,
    bytes,
    words,
    topTerms,
    search,
    agents: currentAgents(processes).map(({ pid, name, backend, restarts }) => ({ pid, name, backend, restarts })),
    decisions,
    refused: attempts
      .filter((attempt) => attempt.verdict === "deny")
      .map(({ action, by, rule }) => ({ action, by, rule })),
    approvals,
    tamper: { flip: proof.flip, cut: proof.cut },
    chain: proof.chain,
    environment,
    unreadable,
  };
  return document as unknown as JsonValue;
}

/** The agents with the PID each has, or had last: not the processes that a restart has replaced. */
function currentAgents(processes: readonly ProcessInfo[]): readonly ProcessInfo[] {
  return processes.filter(({ pid, exit }) => pid !== 0 && exit?.kind !== "killed");
}
