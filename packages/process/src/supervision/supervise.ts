/**
 * Makes supervisors: each is a process whose code is a `Group`. It holds the rights of whoever made it and hands its children no
 * more than those. What was approved of the whole tree covers the starts in it, which are the kernel's own act and cite it.
 */
import type {
  AgentContext,
  AgentDefinition,
  AgentHandle,
  Clock,
  Files,
  Guard,
  Logger,
  Pid,
  RestartPolicy,
  SupervisedChild,
} from "@weftos/interface";
import type { BackendChoice } from "../backends/find-backend.ts";
import type { Agency } from "../capability/agency.ts";
import { ProcessNotFoundError, ProcessStateError } from "../process-errors.ts";
import { specOf, withBackend } from "../spawn-request.ts";
import type { ProcessEntry } from "../table/process-entry.ts";
import type { ProcessTable } from "../table/process-table.ts";
import { Child, type ChildSpec, type Keeper } from "./child.ts";
import { Group, type GroupHost } from "./group.ts";
import { fillPolicy } from "./restart-intensity.ts";
import { rightsHolder } from "./rights-holder.ts";
import type { Supervisor } from "./supervisor.ts";
import type { CheckedSupervisor, MemberSpec } from "./supervisor-spec.ts";

/** The name that stands for a supervisor where an agent has its backend. */
export const SUPERVISOR = "supervisor";

/** What supervisors ask of their kernel. */
export interface SuperviseDeps {
  readonly table: ProcessTable;
  readonly supervisor: Supervisor;
  readonly guard: Guard;
  readonly files: Pick<Files, "realPath">;
  readonly choice: BackendChoice;
  readonly agency: Agency;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A supervisor through all its starts. */
export class SupervisorTree {
  readonly child: Child;
  readonly spec: CheckedSupervisor;
  readonly #deps: SuperviseDeps;
  readonly #approval: string | undefined;
  #group: Group | undefined;
  /** That of the newest start. */
  #opened: Promise<void> = Promise.resolve();
  /** Children of the start before, which may outlive a killed supervisor for a moment. */
  #before: Promise<void> = Promise.resolve();

  constructor(
    spec: CheckedSupervisor,
    place: {
      readonly parent: ProcessEntry;
      readonly keeper?: Keeper;
      readonly restart?: RestartPolicy | undefined;
      readonly recovery?: ChildSpec["recovery"];
    },
    approval: string | undefined,
    deps: SuperviseDeps,
  ) {
    this.spec = spec;
    this.#deps = deps;
    this.#approval = approval;
    const definition: AgentDefinition<unknown> = {
      kind: "agent",
      name: spec.name,
      messages: undefined,
      run: (context) => this.#run(context as AgentContext),
    };
    const made: ChildSpec = {
      kind: SUPERVISOR,
      source: definition,
      name: spec.name,
      backend: SUPERVISOR,
      parent: place.parent.pid,
      capabilities: place.parent.capabilities,
      cutTo: undefined,
      agency: undefined,
      limits: {},
      budget: undefined,
      input: null,
      environment: {},
      mailboxLimit: 64,
      restart: fillPolicy(place.restart),
      mailbox: "drop",
      shutdownMs: Number.POSITIVE_INFINITY,
      trapExit: false,
      probes: undefined,
      recovery: place.recovery,
    };
    this.child = new Child(made, place.keeper);
    this.child.approval = approval;
    this.child.settled = () => this.#opened;
  }

  children(): readonly SupervisedChild[] {
    return this.#group?.children() ?? [];
  }

  childOf(id: string): AgentHandle | undefined {
    return this.#group?.child(id);
  }

  /** The group of the newest start. @throws PROCESS_STATE while none runs */
  get group(): Group {
    if (this.#group !== undefined) return this.#group;
    const { pid } = this.child.handle;
    throw new ProcessStateError(`the supervisor ${this.spec.name} does not run`, {
      details: { pid, from: "starting", to: "running" },
    });
  }

  async #run(context: AgentContext): Promise<void> {
    const group = new Group(
      { name: this.spec.name, pid: context.pid as Pid },
      this.spec.strategy,
      this.#hostFor(context.pid as Pid, context.log),
    );
    const before = this.#before;
    const opened = before.then(async () => {
      this.#group = group;
      await group.open(this.spec.members);
    });
    this.#opened = opened;
    context.signal.addEventListener("abort", () => group.stop(), { once: true });
    if (context.signal.aborted) group.stop();
    const running = opened.then(() => group.run());
    this.#before = running.then(
      () => undefined,
      () => undefined,
    );
    this.#answer(context).catch((error: unknown) => {
      context.log.debug("a supervisor could not answer", { error: error instanceof Error ? error.message : "unknown" });
    });
    await running;
  }

  /** Answers each request with the list of its children. */
  async #answer(context: AgentContext): Promise<void> {
    for await (const message of context.inbox) {
      if (message.deadline === undefined) continue;
      const rows = this.children().map((child) => ({ ...child, pid: child.pid ?? null }));
      await context.reply(message, rows);
    }
  }

  #hostFor(pid: Pid, logger: Logger): GroupHost {
    const { supervisor, clock } = this.#deps;
    return {
      logger,
      prepare: (member, keeper) => this.#prepare(member, this.#entry(pid), keeper),
      start: (child) => this.#start(child, pid),
      startAgain: (child, backoffMs) => supervisor.startAgain(child, backoffMs),
      pause: (child) => supervisor.pauseChild(child),
      end: (child, cause) => supervisor.endChild(child, cause),
      ready: (child) => supervisor.ready(child),
      sleep: (ms, signal) => clock.sleep(ms, { signal }),
    };
  }

  async #prepare({ what }: MemberSpec, parent: ProcessEntry, keeper: Keeper): Promise<Child> {
    if (what.kind === SUPERVISOR) {
      return new SupervisorTree(what.spec, { parent, keeper, restart: what.restart }, this.#approval, this.#deps).child;
    }
    const { table, files, choice, agency } = this.#deps;
    const holder = rightsHolder(parent, table);
    const spec = await specOf(withBackend(what.request, holder, choice), parent, { files, agency }, holder);
    const child = new Child(spec, keeper);
    child.approval = this.#approval;
    return child;
  }

  async #start(child: Child, pid: Pid): Promise<void> {
    const { guard, supervisor } = this.#deps;
    const { name, backend } = child.spec;
    let started = false;
    try {
      await guard.perform(
        {
          action: "process.spawn",
          subject: { kind: "kernel", id: "0" },
          resource: `agent:${name}`,
          attributes: { agent: name, backend, parent: pid },
          actor: { pid, agent: this.spec.name },
          under: this.#approval,
          summary: () => ({ pid: child.handle.pid, parent: pid, agent: name, backend }),
        },
        async () => {
          await supervisor.start(child);
          started = true;
        },
      );
    } catch (error) {
      // It runs, but no record says so: it must not.
      if (started) await supervisor.endChild(child, "supervisor");
      throw error;
    }
  }

  #entry(pid: Pid): ProcessEntry {
    const entry = this.#deps.table.entry(pid);
    if (entry !== undefined) return entry;
    throw new ProcessNotFoundError(`there is no process ${pid}`, { details: { pid } });
  }
}
