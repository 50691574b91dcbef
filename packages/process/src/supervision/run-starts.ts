/** One start of an agent, step by step: room and place, a PID, an entry in the table, a mailbox, its code; undone when a step fails. */
import type {
  Clock,
  EventEmitter,
  ExitReason,
  Logger,
  MailboxEnd,
  MessageRouter,
  Pid,
  SpawnBackend,
} from "@weftos/interface";
import { KERNEL_PID } from "@weftos/interface";
import { assertCode, type CodeFiles } from "../agent/code-digest.ts";
import type { ContextHost } from "../agent/context-host.ts";
import { crashOf } from "../agent/exit-reason.ts";
import { ProcessContext } from "../agent/process-context.ts";
import { findBackend } from "../backends/find-backend.ts";
import type { RightsKeeper } from "../capability/rights-keeper.ts";
import { assertEnforceable } from "../limit/limits-in-force.ts";
import { ProcessStoppedError } from "../process-errors.ts";
import type { ProcessEvents } from "../processes.ts";
import type { PidBlocks } from "../table/pid-blocks.ts";
import type { ProcessEntry } from "../table/process-entry.ts";
import type { ProcessJournal } from "../table/process-journal.ts";
import type { ProcessTable } from "../table/process-table.ts";
import type { Child, Run } from "./child.ts";
import { recordOf } from "./child-record.ts";
import type { Places } from "./places.ts";
import { AgentRun } from "./run.ts";
import type { Spending } from "./spending.ts";
import { enterNow, startRun } from "./start-run.ts";

/** What starts ask of their kernel. */
export interface RunStartsDeps {
  readonly table: ProcessTable;
  readonly pids: Pick<PidBlocks, "next" | "take">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly router: () => MessageRouter;
  readonly backends: () => readonly SpawnBackend[];
  readonly events: EventEmitter<ProcessEvents>;
  readonly host: Omit<ContextHost, "entered">;
  readonly journal: Pick<ProcessJournal, "started">;
  readonly startTimeoutMs: number;
  /** The host's, on which modules lie. */
  readonly files: CodeFiles;
  readonly rights: () => Pick<RightsKeeper, "atStart" | "moved">;
}

/** What the supervisor does at a start. */
export interface RunStartsHost {
  /** @throws PROCESS_NOT_ACCEPTING */
  assertAccepting(): void;
  /** An agent that waited for its next start has a process again. */
  started(child: Child): void;
  /** The process calls itself running. */
  entered(run: Run): void;
  /** The code was entered; from now on its end is the supervisor's matter. */
  running(child: Child, run: Run, backend: SpawnBackend): void;
  /** The start failed. */
  failed(child: Child, run: Run, reason: ExitReason): void;
}

export class RunStarts {
  readonly #deps: RunStartsDeps;
  readonly #places: Places;
  readonly #spending: Spending;
  readonly #host: RunStartsHost;
  readonly #contexts: ContextHost;

  constructor(
    deps: RunStartsDeps,
    { places, spending }: { readonly places: Places; readonly spending: Spending },
    host: RunStartsHost,
  ) {
    this.#deps = deps;
    this.#places = places;
    this.#spending = spending;
    this.#host = host;
    this.#contexts = { ...deps.host, entered: (entry) => this.#entered(entry) };
  }

  /** Starts an agent; resolves when its code was entered. */
  begin(child: Child, signal?: AbortSignal): Promise<Run> {
    return child.spec.budget === undefined ? this.#begin(child, signal) : this.#beginPaid(child, signal);
  }

  async #beginPaid(child: Child, signal?: AbortSignal): Promise<Run> {
    try {
      await this.#spending.open(child, this.#places.parentOf(child.spec));
      return await this.#begin(child, signal);
    } catch (error) {
      if (!child.begun) this.#spending.close(child);
      throw error;
    }
  }

  async #begin(child: Child, signal?: AbortSignal): Promise<Run> {
    const { table, pids } = this.#deps;
    const { spec } = child;
    signal?.throwIfAborted();
    this.#host.assertAccepting();
    table.assertRoom();
    const backend = findBackend(this.#deps.backends(), spec.kind === "supervisor" ? "inline" : spec.backend);
    assertEnforceable(spec.limits, backend, this.#deps.backends());
    if (child.code !== undefined) await assertCode(child.code, spec.source, this.#deps.files);
    const pid = pids.take() ?? (await pids.next());
    signal?.throwIfAborted();
    this.#host.assertAccepting();
    // One that was paused meanwhile is started by its keeper.
    if (child.ending || child.paused) {
      throw new ProcessStoppedError(`the agent ${spec.name} was stopped`, { details: { pid } });
    }
    const parent = this.#places.assertFree(spec);
    const startedWith = this.#deps.rights().atStart(child);
    const startedAt = this.#deps.clock.now();
    const init = { pid, restarts: child.restarts, startedAt, capabilities: startedWith };
    const run = table.insert(new AgentRun(init, child));
    run.account = child.account ?? parent.account;
    const last = child.run;
    const before = last?.pid ?? child.lostPid;
    child.lostPid = undefined;
    this.#host.started(child);
    this.#places.started(run, parent);
    this.#spending.started(run);
    try {
      const mailbox = this.#mailboxFor(child, pid, last === undefined ? before : undefined);
      const context = new ProcessContext(run, spec, mailbox, this.#contexts);
      run.context = context;
      child.run = run;
      // Before its code is entered, which takes what waits.
      if (child.suspended) context.inbox.suspend();
      this.#spending.meter(run, context, child);
      this.#deps.journal.started(recordOf(child), before);
      if (before !== undefined) this.#deps.rights().moved(before as Pid, pid);
      for (const topic of spec.topics ?? []) await this.#deps.router().subscribe(pid, topic);
      if (!enterNow(backend, spec, run, context)) {
        run.agent = await startRun(backend, spec, run, context, signal, this.#deps);
        // They may have changed while its code was loaded.
        if (run.capabilities !== startedWith) run.agent.rightsChanged?.(run.capabilities);
      }
      this.#entered(run);
      if (child.settled !== undefined) await child.settled();
    } catch (error) {
      const takenBack = signal?.aborted === true ? ({ kind: "killed" } as const) : undefined;
      this.#host.failed(child, run, run.forced ?? askedReason(run) ?? takenBack ?? crashOf(error));
      throw error;
    }
    child.begun = true;
    this.#host.running(child, run, backend);
    return run;
  }

  /** A mailbox for a start: that of the start before, with what waits in it, or a new one. */
  #mailboxFor(child: Child, pid: Pid, lost: number | undefined): MailboxEnd {
    const { router } = this.#deps;
    const before = child.mailboxOf;
    child.mailboxOf = undefined;
    if (before !== undefined) return router().move(before, pid);
    const { mailboxLimit: limit, mailboxPolicy: policy, mailbox } = child.spec;
    return router().attach(pid, { limit, policy, lost: mailbox === "keep" ? (lost as Pid | undefined) : undefined });
  }

  #entered(entry: ProcessEntry): void {
    if (entry.state !== "starting") return;
    this.#deps.table.transition(entry, "running");
    const { pid, name, backend, restarts } = entry;
    this.#deps.events.emit("process:started", { pid, name, parent: entry.parent ?? KERNEL_PID, backend, restarts });
    if (entry instanceof AgentRun) this.#host.entered(entry);
  }
}

/** Of one that was asked to end while it started, and did. */
function askedReason({ cause }: Run): ExitReason | undefined {
  if (cause === undefined) return undefined;
  return cause === "operator" ? { kind: "normal" } : { kind: "supervisor", cause };
}
