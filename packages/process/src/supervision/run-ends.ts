/**
 * What the end of a process brings about, whoever or whatever ended it: it leaves its place, its budget, its watchers and its links, is
 * recorded, and takes those with it that it started; its mailbox waits when its agent is to start again. In one turn, so that nobody
 * sees a process that is half gone. What becomes of the agent then, the restarts say.
 */
import type { EventEmitter, ExitReason, Logger, MessageRouter, Pid, SpawnBackend } from "@weftos/interface";
import { crashOf } from "../agent/exit-reason.ts";
import type { ProcessEvents } from "../processes.ts";
import type { ProcessJournal } from "../table/process-journal.ts";
import type { ProcessTable } from "../table/process-table.ts";
import { notRestarted } from "./asked-ends.ts";
import type { Child, Run } from "./child.ts";
import { askToStop } from "./end-run.ts";
import { recordExit } from "./exit-record.ts";
import type { Links } from "./links.ts";
import type { PatientRecord } from "./patient-record.ts";
import type { Places } from "./places.ts";
import type { Restarts } from "./restarts.ts";
import type { RunOwner } from "./run.ts";
import type { RunWatch } from "./run-watch.ts";
import type { Spending } from "./spending.ts";
import { withoutSecrets } from "./without-secrets.ts";

/** What ends ask of their kernel. */
export interface RunEndsDeps {
  readonly table: ProcessTable;
  readonly router: () => MessageRouter;
  readonly journal: Pick<ProcessJournal, "ended">;
  readonly events: EventEmitter<ProcessEvents>;
  readonly logger: Logger;
}

/** What a process leaves. */
export interface RunEndsParts {
  readonly records: PatientRecord;
  readonly restarts: Restarts;
  readonly watch: RunWatch;
  readonly spending: Spending;
  readonly places: Places;
  readonly links: Links;
  /** Ends for good what an ended process started. */
  stopOrphan(pid: Pid, of: Run): Promise<void>;
}

export class RunEnds implements RunOwner<Child> {
  readonly #deps: RunEndsDeps;
  readonly #parts: RunEndsParts;

  constructor(deps: RunEndsDeps, parts: RunEndsParts) {
    this.#deps = deps;
    this.#parts = parts;
  }

  /** A start has come so far that its end, its use and its signs of life are watched. */
  watch(child: Child, run: Run, backend: SpawnBackend): void {
    if (run.agent === undefined) run.listen(this);
    else {
      run.agent.exited.then(
        (reason) => this.ended(child, run, reason),
        (error: unknown) => {
          this.#deps.logger.error("a backend broke its promise never to reject", { backend: child.spec.backend });
          this.ended(child, run, crashOf(error));
        },
      );
    }
    this.#parts.watch.watch(run, child, backend);
  }

  /** Its code has ended: of itself, because it was asked to, or by force. */
  ended(child: Child, run: Run, reported: ExitReason): void {
    const { restarts } = this.#parts;
    const { cause } = run;
    const asked = cause !== undefined && cause !== "operator" && reported.kind === "normal";
    const own = asked ? ({ kind: "supervisor", cause } as const) : withoutSecrets(reported, child.spec.environment);
    const reason: ExitReason = run.forced ?? own;
    this.#finish(child, run, reason);
    const request = child.restartRequest;
    child.restartRequest = undefined;
    // One that ends because of a sibling, too, is started again by its keeper alone.
    if (request !== undefined && !child.ending && !child.paused) {
      restarts.now(child, run).then(request.done, request.failed);
      return;
    }
    request?.failed(
      notRestarted(run, child.ending ? "it was stopped meanwhile" : "it is being restarted with its siblings"),
    );
    restarts.ended(child, run, reason);
  }

  /** It never came to run: who asked for the start is told, or its restart counts the failure. */
  neverRan(child: Child, run: Run, reason: ExitReason): void {
    const told = withoutSecrets(reason, child.spec.environment);
    this.#finish(child, run, told);
    child.restartRequest?.failed(notRestarted(run, "it was ended while it started"));
    child.restartRequest = undefined;
    if (!child.begun) child.handle.settle(told);
  }

  /** An agent has ended for good: nothing of it waits any more. */
  forget(child: Child): void {
    this.#parts.spending.close(child);
    if (child.run?.kept === true) this.#deps.journal.ended(child.run.pid);
    if (child.mailboxOf === undefined) return;
    this.#deps.router().detach(child.mailboxOf);
    child.mailboxOf = undefined;
  }

  /** Takes a process out of everything but the table. */
  #finish(child: Child, run: Run, reason: ExitReason): void {
    const { table, router, journal } = this.#deps;
    const { links, places, records, restarts, spending, watch } = this.#parts;
    const { pid } = run;
    table.exit(run, reason);
    askToStop(run);
    watch.forget(run);
    spending.ended(run);
    places.ended(run);
    const again = child.begun && restarts.keeps(child, reason);
    if (again && child.spec.mailbox === "keep") child.mailboxOf = pid;
    else router().detach(pid);
    run.kept = again;
    if (!again) journal.ended(pid);
    recordExit(run, reason, { events: this.#deps.events, records });
    links.exited(pid, reason);
    for (const orphan of places.childrenOf(pid)) this.#stopOrphan(orphan, run);
    restarts.cancelChildrenOf(pid);
    run.finish();
  }

  #stopOrphan(pid: Pid, of: Run): void {
    this.#parts.stopOrphan(pid, of).catch((error: unknown) => {
      this.#deps.logger.error("a child of an ended process could not be stopped", {
        processId: pid,
        error: error instanceof Error ? error.message : "unknown",
      });
    });
  }
}
