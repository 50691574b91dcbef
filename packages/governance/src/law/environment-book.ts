/** Environments that were added while kernels ran, and the switch to another than the configured one. */
import type { AuditReader, Clock } from "@weftos/interface";
import type { EnvironmentInit } from "../environment/environment.ts";
import { amendmentState, lawBroken } from "./law-errors.ts";
import type { LawLedger } from "./law-ledger.ts";
import { MAX_ENVIRONMENTS } from "./law-record.ts";

export class EnvironmentBook {
  readonly #ledger: LawLedger;
  readonly #clock: Pick<Clock, "now">;
  /** The latest time of a switch: the next one is not before it. */
  #seen = 0;

  constructor(ledger: LawLedger, clock: Pick<Clock, "now">) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** Those that were added, by name. */
  added(): Readonly<Record<string, EnvironmentInit>> {
    return Object.fromEntries(this.#ledger.book.environments);
  }

  /** Adds one; a name stands for one for good. @throws `GOVERNANCE_AMENDMENT_STATE` */
  add(name: string, environment: EnvironmentInit, by: string): Promise<void> {
    const ledger = this.#ledger;
    return ledger.serial(async () => {
      const { environments } = ledger.book;
      if (environments.size >= MAX_ENVIRONMENTS)
        throw amendmentState(name, `there are ${MAX_ENVIRONMENTS} environments`);
      if (environments.has(name)) throw amendmentState(name, "there is an environment of this name");
      await ledger.enter({ type: "environment", id: name, environment, by, at: this.#clock.now() });
    });
  }

  /** The one that was switched to while `configured` was the configured one. */
  switchedFrom(configured: string): string | undefined {
    const { switched } = this.#ledger.book;
    return switched?.configured === configured ? switched.name : undefined;
  }

  /** Ends a switch that was made under another configuration. */
  async forgetOther(configured: string): Promise<void> {
    const { switched } = this.#ledger.book;
    if (switched !== undefined && switched.configured !== configured && switched.name !== switched.configured)
      await this.switched(configured, configured, "kernel");
  }

  /** Notes a switch. */
  switched(name: string, configured: string, by: string): Promise<void> {
    return this.#ledger.serial(() => {
      this.#seen = Math.max(this.#clock.now(), this.#seen);
      return this.#ledger.enter({ type: "switched", id: name, configured, by, at: this.#seen });
    });
  }

  /** One that the chain has and the journal lost would put other numbers in force. @throws `GOVERNANCE_LAW_BROKEN` */
  async check(reader: AuditReader): Promise<void> {
    const { environments, switched } = this.#ledger.book;
    let last: { readonly name: string; readonly time: number } | undefined;
    let lost: string | undefined;
    for await (const { kind, payload, time } of reader.events({ kind: "environment.*" })) {
      const result = payload?.outcome === "ok" ? payload.result : undefined;
      const name = typeof result === "object" && result !== null && "name" in result ? String(result.name) : undefined;
      if (name === undefined) continue;
      if (kind === "environment.switch") last = { name, time };
      else if (!environments.has(name)) lost ??= `the environment ${name} was added`;
    }
    this.#seen = last?.time ?? 0;
    // The journal is first: it may have one more, which then is not older than the last one of the chain.
    if (last !== undefined && switched?.name !== last.name && (switched?.at ?? -1) < last.time)
      lost ??= `the environment ${last.name} was switched to`;
    if (lost !== undefined) throw lawBroken(0, `the chain says that ${lost}, and nothing is kept of it`);
  }
}
