/** Permits that the judicial branch holds back, until it lifts the stay. */
import type { AuditReader, Clock } from "@weftos/interface";
import { type Policy, policyOf } from "../policy/policy.ts";
import { amendmentState, lawBroken, lawNotFound } from "./law-errors.ts";
import type { LawLedger } from "./law-ledger.ts";
import type { Stay } from "./law-record.ts";

export class Stays {
  readonly #ledger: LawLedger;
  readonly #clock: Pick<Clock, "now">;

  constructor(ledger: LawLedger, clock: Pick<Clock, "now">) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  list(): readonly Stay[] {
    return [...this.#ledger.book.stays.values()];
  }

  /** Gives rules as they are in force: permits that are stayed are switched off. */
  inForce(law: Policy): Policy {
    const { stays } = this.#ledger.book;
    if (stays.size === 0) return law;
    return policyOf(
      law.rules.map((rule) =>
        stays.has(rule.id) && rule.outcome.kind === "permit" ? { ...rule, active: false } : rule,
      ),
      law.dimensions,
    );
  }

  /** Holds a permit back. @throws `GOVERNANCE_AMENDMENT_STATE` when it is stayed already */
  stay(rule: string, by: string, reason: string, finding?: number): Promise<Stay> {
    const ledger = this.#ledger;
    return ledger.serial(async () => {
      if (ledger.book.stays.has(rule)) throw amendmentState(rule, "its permit is stayed already");
      // No two stays of a rule have one time, whatever the clock says: the chain names the stay by it.
      const at = Math.max(this.#clock.now(), (ledger.book.stayedAt.get(rule) ?? -1) + 1);
      const cited = finding === undefined ? {} : { finding };
      await ledger.enter({ type: "stayed", id: rule, by, reason, at, ...cited });
      return { id: rule, by, reason, at, ...cited };
    });
  }

  /** Ends a stay. @throws `GOVERNANCE_LAW_NOT_FOUND` */
  lift(rule: string, by: string): Promise<Stay> {
    const ledger = this.#ledger;
    return ledger.serial(async () => {
      const found = ledger.book.stays.get(rule);
      if (found === undefined) throw lawNotFound(`stay of ${rule}`);
      await ledger.enter({ type: "lifted", id: rule, by, at: this.#clock.now() });
      return found;
    });
  }

  /** A stay that the chain has and the journal lost would let a permit loose. @throws `GOVERNANCE_LAW_BROKEN` */
  async check(reader: AuditReader): Promise<void> {
    const { stays, stayedAt } = this.#ledger.book;
    const stayed = new Map<string, number>();
    for await (const { kind, payload } of reader.events({ kind: "judicial.*" })) {
      const result = payload?.outcome === "ok" ? payload.result : undefined;
      if (typeof result !== "object" || result === null || !("rule" in result)) continue;
      const rule = String(result.rule);
      if (kind === "judicial.stay") stayed.set(rule, atOf(result));
      else if (kind === "judicial.lift") stayed.delete(rule);
    }
    // A lift may be on disk without its outcome in the chain, which a crash took: then the stay before it is kept.
    const lost = [...stayed].find(([rule, at]) => !stays.has(rule) && (stayedAt.get(rule) ?? -1) < at);
    if (lost !== undefined)
      throw lawBroken(0, `the chain says that the permit of ${lost[0]} is stayed, and nothing is kept of it`);
  }
}

/** The time by which a stay goes; the chain of an earlier release does not say it. */
function atOf(result: object): number {
  return "at" in result && typeof result.at === "number" ? result.at : 0;
}
