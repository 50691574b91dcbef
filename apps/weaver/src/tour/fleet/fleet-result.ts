import type { TermFrequency } from "../count/term-count.ts";
import type { FleetCounts } from "./fleet-report.ts";
import type { SearchAnswer } from "./protocol.ts";

/** What the fleet found. */
export interface FleetResult extends FleetCounts {
  readonly topTerms: readonly TermFrequency[];
  /** What the indexer answers for the first of them; null without terms. */
  readonly search: SearchAnswer | null;
  readonly indexer: number;
}
