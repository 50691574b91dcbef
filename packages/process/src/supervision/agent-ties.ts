/**
 * Links and monitors as agents make them: only to processes that their message scope covers, and a link only where it gives no
 * power over a stranger: to what the agent started itself, which ends with it anyway, or to what traps exits, which a link only tells.
 */
import {
  type Guard,
  type GuardedCall,
  KERNEL_PID,
  type MonitorRef,
  type Pid,
  type ProcessRef,
} from "@weftos/interface";
import { parse, z } from "@weftos/schema";
import type { ProcessTies } from "../agent/context-host.ts";
import { pidOf } from "../agent/process-ref.ts";
import { inputProblem } from "../input-invalid.ts";
import { ProcessLinkNotAllowedError } from "../process-errors.ts";
import type { ProcessEntry } from "../table/process-entry.ts";
import type { ProcessTable } from "../table/process-table.ts";
import type { Links } from "./links.ts";

const refSchema = z.string().check(z.regex(/^mon-[0-9]{1,16}$/, "expected a reference that `monitor` gave"));

/** What the ties of agents ask of their kernel. */
export interface AgentTiesDeps {
  readonly table: Pick<ProcessTable, "entry">;
  readonly guard: Pick<Guard, "perform">;
  readonly links: () => Links;
  /** Whether a process is told of the ends of linked ones, in place of ending with them. */
  readonly traps: (pid: Pid) => boolean;
}

export class AgentTies implements ProcessTies {
  readonly #deps: AgentTiesDeps;

  constructor(deps: AgentTiesDeps) {
    this.#deps = deps;
  }

  async monitor(watcher: ProcessEntry, target: ProcessRef<never>): Promise<MonitorRef> {
    const pid = pidOf(target);
    return await this.#guarded("monitor", watcher, pid, () => this.#deps.links().monitor(watcher.pid, pid));
  }

  demonitor(watcher: ProcessEntry, ref: MonitorRef): boolean {
    const checked = parse(refSchema, ref, { what: "the monitor", error: inputProblem }) as MonitorRef;
    return this.#deps.links().demonitor(checked, watcher.pid);
  }

  async link(one: ProcessEntry, other: ProcessRef<never>): Promise<void> {
    const pid = pidOf(other);
    await this.#guarded("link", one, pid, () => {
      this.#assertLinkable(one.pid, pid);
      this.#deps.links().link(one.pid, pid);
    });
  }

  unlink(one: ProcessEntry, other: ProcessRef<never>): void {
    this.#deps.links().unlink(one.pid, pidOf(other));
  }

  #assertLinkable(one: Pid, other: Pid): void {
    // One that is gone, and the kernel, are the links' own matter.
    if (one === other || other === KERNEL_PID || this.#deps.table.entry(other) === undefined) return;
    if (this.#deps.traps(other) || this.#isBelow(other, one)) return;
    throw new ProcessLinkNotAllowedError(
      `process ${one} did not start process ${other}, which does not trap exits: a link could end it; monitor it instead`,
      { details: { pid: one, other } },
    );
  }

  #isBelow(pid: Pid, top: Pid): boolean {
    for (let above = this.#deps.table.entry(pid)?.parent; above !== undefined; ) {
      if (above === top) return true;
      above = this.#deps.table.entry(above)?.parent;
    }
    return false;
  }

  async #guarded<T>(verb: "monitor" | "link", by: ProcessEntry, pid: Pid, run: () => T): Promise<T> {
    const call: GuardedCall<T> = {
      action: `process.${verb}`,
      subject: { kind: "process", id: String(by.pid) },
      resource: `process:${pid}`,
      attributes: { pid, agent: this.#deps.table.entry(pid)?.name ?? "" },
      actor: { pid: by.pid, agent: by.name },
    };
    return await this.#deps.guard.perform(call, run);
  }
}
