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
      const at = this.#clock.now();
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
    const { stays, lastLift } = this.#ledger.book;
    const stayed = new Set<string>();
    for await (const { kind, payload } of reader.events({ kind: "judicial.*" })) {
      const result = payload?.outcome === "ok" ? payload.result : undefined;
      const rule = typeof result === "object" && result !== null && "rule" in result ? String(result.rule) : undefined;
      if (rule === undefined) continue;
      if (kind === "judicial.stay") stayed.add(rule);
      else if (kind === "judicial.lift") stayed.delete(rule);
    }
    // A lift may be on disk without its outcome in the chain: then the newest record of the journal is that lift.
    const lost = [...stayed].find((rule) => !stays.has(rule) && lastLift !== rule);
    if (lost !== undefined)
      throw lawBroken(0, `the chain says that the permit of ${lost} is stayed, and nothing is kept of it`);
  }
}
