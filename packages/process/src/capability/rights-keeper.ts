/**
 * Changes what live agents may do, at once: the table holds the new rights in the same turn, the checks read the table, and backends
 * that bind rights to the code are told. What an agent loses, everything below it loses too. Elevations narrow back by themselves.
 */
import {
  type AuditLog,
  type Capabilities,
  type CapabilityRequest,
  type Clock,
  KERNEL_PID,
  type Logger,
  type Pid,
} from "@weftos/interface";
import { ProcessInputInvalidError, ProcessStateError } from "../process-errors.ts";
import type { Child } from "../supervision/child.ts";
import { rightsHolder } from "../supervision/rights-holder.ts";
import type { ProcessEntry } from "../table/process-entry.ts";
import type { ProcessTable } from "../table/process-table.ts";
import type { Agency } from "./agency.ts";
import type { Elevation } from "./agent-rights.ts";
import { attenuate } from "./attenuate.ts";
import { narrow, widen } from "./change-rights.ts";
import { compileCapabilities } from "./compile-capabilities.ts";
import { noCapabilities } from "./default-capabilities.ts";
import { ScopeMoves } from "./scope-moves.ts";

const MAX_ELEVATIONS = 16;

/** What the keeper asks of its kernel. */
export interface RightsDeps {
  readonly table: ProcessTable;
  readonly agency: Agency;
  readonly clock: Pick<Clock, "now" | "schedule">;
  readonly audit: Pick<AuditLog, "append">;
  readonly logger: Logger;
  /** Finds an agent by the PID it has, or had last. */
  readonly find: (pid: Pid) => Child | undefined;
  /** All that live or wait for their next start. */
  readonly living: () => readonly Child[];
  /** What an agent holds now is not what it held. */
  readonly held: (pid: Pid) => void;
  /** An agent's lasting rights have changed. */
  readonly changed: (child: Child) => void;
}

export class RightsKeeper {
  readonly #deps: RightsDeps;
  readonly #moves = new ScopeMoves();
  /** Whether any agent ever was restricted to some others: until then nobody looks through all of them. */
  #restricted = false;

  constructor(deps: RightsDeps) {
    this.#deps = deps;
  }

  /** Cuts rights to what the holder above has now, and to the ceiling of the agent's role. */
  cut(rights: Capabilities, child: Pick<Child, "spec">): Capabilities {
    const { parent, agency } = child.spec;
    const above = this.#holderOf(parent);
    return this.#deps.agency.cut(above === undefined ? rights : attenuate(rights, above, parent), agency, parent);
  }

  /** What an agent may do as it starts: what it held, cut to what is above it by now. */
  atStart(child: Child): Capabilities {
    const { spec } = child;
    this.#follow(child);
    const above = this.#holderOf(spec.parent);
    if (spec.kind === "supervisor" || (above === spec.cutTo && spec.agency === undefined)) return child.capabilities;
    const { rights } = child;
    rights.base = this.cut(rights.base, child);
    rights.held = this.cut(rights.held, child);
    return rights.held;
  }

  /** An agent has a new PID: who may reach it goes on to. */
  moved(from: Pid, to: Pid): void {
    this.#moves.moved(from, to);
    if (!this.#restricted) return;
    for (const child of this.#deps.living()) {
      if (!this.#follow(child)) continue;
      this.#set(child, child.capabilities);
      this.#deps.changed(child);
    }
  }

  /** The PID that an agent has now which had this one, in the last kernel too. */
  pidNow(pid: Pid): Pid {
    return this.#moves.now(pid);
  }

  /** Adds rights for good. @returns what it holds then @throws CAPABILITY_INVALID, PROCESS_STATE */
  grant(pid: Pid, more: CapabilityRequest): Capabilities {
    const child = this.#agent(pid);
    const { rights } = child;
    const base = this.#checked(this.cut(widen(rights.base, more), child));
    const now = this.#checked(this.cut(this.#raised(base, rights.elevations), child));
    rights.base = base;
    this.#set(child, now);
    this.#deps.changed(child);
    return now;
  }

  /** Takes rights for good, from it and all below it; its elevations end. @throws CAPABILITY_INVALID, PROCESS_STATE */
  revoke(pid: Pid, less: CapabilityRequest): Capabilities {
    const child = this.#agent(pid);
    const { rights } = child;
    const base = this.#checked(narrow(rights.base, less, child.spec.parent));
    rights.elevations = [];
    rights.base = base;
    this.#set(child, base);
    this.#narrowBelow(child);
    this.#deps.changed(child);
    return base;
  }

  /** Adds rights until a time; a restart keeps them, a new kernel does not. @throws CAPABILITY_INVALID, PROCESS_STATE */
  elevate(pid: Pid, rights: CapabilityRequest, forMs: number): { readonly held: Capabilities; readonly until: number } {
    const { clock } = this.#deps;
    const child = this.#agent(pid);
    if (child.rights.elevations.length >= MAX_ELEVATIONS) {
      throw new ProcessInputInvalidError(`process ${pid} has ${MAX_ELEVATIONS} elevations, which is the most`, {
        details: { issues: [] },
      });
    }
    const elevation: Elevation = { rights, until: clock.now() + forMs };
    const elevations = [...child.rights.elevations, elevation];
    const held = this.#checked(this.cut(this.#raised(child.rights.base, elevations), child));
    child.rights.elevations = elevations;
    this.#set(child, held);
    clock.schedule(forMs, () => this.#expire(child, elevation), { background: true });
    return { held, until: elevation.until };
  }

  #expire(child: Child, elevation: Elevation): void {
    const { handle, rights } = child;
    if (handle.over || !rights.elevations.includes(elevation)) return;
    rights.elevations = rights.elevations.filter((other) => other !== elevation);
    this.#set(child, this.cut(this.#raised(rights.base, rights.elevations), child));
    this.#narrowBelow(child);
    const { pid, name } = handle;
    try {
      const payload = { pid, agent: name, until: elevation.until };
      this.#deps.audit.append({ source: "process", kind: "agent.narrow", actor: { pid: KERNEL_PID }, payload });
    } catch (error) {
      const text = error instanceof Error ? error.message : "unknown";
      this.#deps.logger.error("the end of an elevation could not be recorded", { processId: pid, error: text });
    }
  }

  /** Cuts everything below an agent to what is left above it, for good. */
  #narrowBelow(top: Child): void {
    const below = this.#deps.living().filter((child) => this.#isBelow(child, top));
    // Who started another has the lower PID, and is cut first.
    for (const child of below.sort((one, other) => one.spec.parent - other.spec.parent)) {
      child.rights.base = this.cut(child.rights.base, child);
      this.#set(child, this.cut(child.capabilities, child));
      this.#deps.changed(child);
    }
  }

  /** Also where one between them has ended, or is started again: its children may take a moment to end. */
  #isBelow({ spec }: Child, top: Child): boolean {
    const { table } = this.#deps;
    for (let pid: Pid | undefined = spec.parent; pid !== undefined && pid !== KERNEL_PID; ) {
      const entry = table.entry(pid);
      // Nobody knows any more who that was.
      if (entry === undefined || entry.handle === top.handle) return true;
      pid = entry.parent;
    }
    return false;
  }

  /** Lets the scope of an agent name others by their new PIDs. @returns whether it named an old one */
  #follow(child: Child): boolean {
    const before = child.capabilities;
    if (before.ipcScope.kind !== "restricted") return false;
    this.#restricted = true;
    const held = this.#moves.follow(before);
    if (held === before) return false;
    const { rights } = child;
    rights.base = this.#moves.follow(rights.base);
    rights.held = held;
    for (const elevation of rights.elevations) elevation.rights = this.#moves.follow(elevation.rights);
    return true;
  }

  #raised(base: Capabilities, elevations: readonly Elevation[]): Capabilities {
    let held = base;
    for (const { rights } of elevations) held = widen(held, rights);
    return held;
  }

  #set(child: Child, held: Capabilities): void {
    child.rights.held = held;
    this.#restricted ||= held.ipcScope.kind === "restricted";
    const { run } = child;
    if (run === undefined || run.state === "exited") return;
    run.setCapabilities(held);
    run.agent?.rightsChanged?.(held);
    this.#deps.held(run.pid);
  }

  /** What is wrong must show before anything changes. */
  #checked(rights: Capabilities): Capabilities {
    compileCapabilities(rights);
    return rights;
  }

  #agent(pid: Pid): Child {
    const entry = this.#deps.table.require(pid);
    const child = this.#deps.find(pid);
    if (child !== undefined && child.spec.kind === "agent" && !child.handle.over) return child;
    const why = child === undefined ? "it has ended" : "a supervisor has no rights of its own";
    throw new ProcessStateError(`the rights of process ${pid} cannot be changed: ${why}`, {
      details: { pid, from: entry.state, to: entry.state },
    });
  }

  /** The rights above an agent; undefined for the kernel's own. */
  #holderOf(parent: Pid): Capabilities | undefined {
    if (parent === KERNEL_PID) return undefined;
    const entry = this.#deps.table.entry(parent);
    if (entry === undefined) return noCapabilities;
    const holder = rightsHolder(entry, this.#deps.table);
    return holder.pid === KERNEL_PID ? undefined : this.#heldBy(holder);
  }

  /** What a process may do; one that has ended no more than its agent now, or who is above it. */
  #heldBy(holder: ProcessEntry): Capabilities {
    const { capabilities, handle, parent = KERNEL_PID, pid, state } = holder;
    if (state !== "exited") return capabilities;
    const again = handle === undefined ? undefined : this.#deps.find(handle.pid as Pid);
    const most = again === undefined ? this.#holderOf(parent) : again.capabilities;
    return most === undefined ? capabilities : attenuate(capabilities, most, pid);
  }
}
