/** Where processes stand: who is below whom, and who may have one more below it. */
import { KERNEL_PID, type Pid } from "@weftos/interface";
import type { Agency } from "../capability/agency.ts";
import { SpawnQuota } from "../capability/spawn-quota.ts";
import { ProcessNotFoundError } from "../process-errors.ts";
import type { ProcessEntry } from "../table/process-entry.ts";
import type { ProcessTable } from "../table/process-table.ts";
import type { Run } from "./child.ts";
import type { ChildSpec } from "./child-spec.ts";
import { Family } from "./family.ts";
import type { LiveRuns } from "./live-runs.ts";
import { rightsHolder } from "./rights-holder.ts";

/** What places ask of their kernel. */
export interface PlacesDeps {
  readonly table: Pick<ProcessTable, "entry" | "state">;
  readonly live: LiveRuns;
  readonly agency: Pick<Agency, "assertChild">;
  /** Most live processes below one agent. */
  readonly maxDescendants: number;
}

export class Places {
  readonly #deps: PlacesDeps;
  readonly #family = new Family();
  readonly #quota: SpawnQuota;

  constructor(deps: PlacesDeps) {
    this.#deps = deps;
    this.#quota = new SpawnQuota(deps.maxDescendants);
  }

  /** @throws PROCESS_NOT_FOUND when there is no such process any more */
  parentOf({ parent }: Pick<ChildSpec, "parent">): ProcessEntry {
    const entry = this.#deps.table.entry(parent);
    if (entry !== undefined) return entry;
    throw new ProcessNotFoundError(`there is no process ${parent}`, { details: { pid: parent } });
  }

  /**
   * Refuses a start below who has ended or is ending, at any height: what is being stopped must not grow meanwhile; and one that the
   * quota, or the place of its parent among agents, does not allow.
   *
   * @returns the parent
   * @throws PROCESS_NOT_FOUND, PROCESS_QUOTA, PROCESS_AGENCY_NOT_ALLOWED
   */
  assertFree(spec: ChildSpec): ProcessEntry {
    this.#assertStays(spec.parent);
    const parent = this.parentOf(spec);
    this.#quota.assertRoom(parent);
    if (spec.kind === "agent") this.#assertAgency(spec, parent);
    return parent;
  }

  started(run: Run, parent: ProcessEntry): void {
    this.#quota.started(run.pid, parent);
    this.#family.adopt(parent.pid, run.pid);
  }

  ended({ pid, parent = KERNEL_PID }: ProcessEntry): void {
    this.#quota.ended(pid);
    this.#family.disown(parent, pid);
  }

  /** The live children of a process, the youngest first. */
  childrenOf(pid: Pid): readonly Pid[] {
    return this.#family.childrenOf(pid);
  }

  #assertStays(parent: Pid): void {
    const { table } = this.#deps;
    for (let pid: Pid | undefined = parent; pid !== undefined; pid = table.entry(pid)?.parent) {
      const state = table.state(pid);
      if (state !== undefined && state !== "exited" && state !== "stopping") continue;
      throw new ProcessNotFoundError(`the parent, process ${parent}, has ended or is ending, or one above it`, {
        details: { pid: parent },
      });
    }
  }

  #assertAgency(spec: ChildSpec, parent: ProcessEntry): void {
    const holder = rightsHolder(parent, this.#deps.table).pid;
    const role = this.#deps.live.of(holder)?.child?.spec.agency;
    if (role === undefined && spec.agency === undefined) return;
    this.#deps.agency.assertChild(role, spec.agency, this.#agentsBelow(holder));
  }

  /** Its children, and those of its supervisors. */
  #agentsBelow(pid: Pid): number {
    let count = 0;
    for (const child of this.#family.childrenOf(pid)) {
      count += this.#deps.table.entry(child)?.supervises === true ? this.#agentsBelow(child) : 1;
    }
    return count;
  }
}
