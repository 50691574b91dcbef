/**
 * Runs agents in worker threads: an endless loop blocks nobody else, `kill` ends it whatever it does, and its heap has a
 * limit. The code itself is trusted: it has the files, the network and the environment of the host's process.
 */
import type { Worker } from "node:worker_threads";
import type {
  BackendStart,
  EventSource,
  ExitReason,
  LogLevel,
  Pid,
  RunningAgent,
  SpawnBackend,
} from "@weftos/interface";
import { crashOf } from "../agent/exit-reason.ts";
import { loadFailed } from "../agent/load-agent.ts";
import { ProcessContext } from "../agent/process-context.ts";
import { AgentNotAModuleError } from "../process-errors.ts";
import type { ProcessEvents } from "../processes.ts";
import { packError, unpackError } from "./carried-error.ts";
import { WorkerLink } from "./worker-link.ts";
import type { WorkerStart } from "./worker-protocol.ts";

const levels: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];

export class WorkerBackend implements SpawnBackend {
  readonly name = "worker";
  readonly confines: readonly string[] = [];
  readonly #memoryMb: number;
  readonly #links = new Map<Pid, WorkerLink>();

  constructor(memoryMb: number, events: EventSource<ProcessEvents>) {
    this.#memoryMb = memoryMb;
    events.on("process:state-changed", ({ pid, from, to }) => {
      if (to === "suspended") this.#links.get(pid)?.say({ type: "hold" });
      else if (from === "suspended" && to === "running") this.#links.get(pid)?.say({ type: "release" });
    });
    events.on("process:restarted", ({ pid }) => {
      for (const link of this.#links.values()) link.childMoved(pid);
    });
  }

  async start({ source, context }: BackendStart): Promise<RunningAgent> {
    if (!(source instanceof URL)) {
      throw new AgentNotAModuleError(
        `the agent ${source.name} is a closure: for a worker, make it a module's default export and start its URL`,
        { details: { agent: source.name, backend: this.name } },
      );
    }
    const { Worker } = await import("node:worker_threads");
    const entry = import.meta.resolve("@weftos/process/worker-entry");
    const { name, parent, input, log } = context;
    const pid: number = context.pid;
    const enabled = levels.filter((level) => log.enabled(level));
    const workerData: WorkerStart = { module: source.href, pid, name, parent, input, levels: enabled };
    const worker = new Worker(new URL(entry), {
      name,
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: this.#memoryMb },
      // From source, the packages that the worker imports must be found as sources too.
      ...(entry.endsWith(".ts") ? { execArgv: ["--conditions=weftos-source"] } : {}),
    });
    return await this.#follow(worker, source.href, context);
  }

  /** Resolves when the agent's code was entered. */
  async #follow(worker: Worker, module: string, context: BackendStart["context"]): Promise<RunningAgent> {
    const pid: Pid = context.pid as unknown as Pid;
    let reason: ExitReason | undefined;
    let failure: unknown;
    let entered: () => void = () => undefined;
    const end = (why: ExitReason): void => {
      if (reason !== undefined) return;
      reason = why;
      void worker.terminate();
    };
    const link = new WorkerLink(context, (message) => worker.postMessage(message), {
      entered: () => entered(),
      loadFailed: (error) => {
        failure = unpackError(error);
        end(crashOf(failure));
      },
      done: (crash) => end(crash === null ? { kind: "normal" } : crashOf(unpackError(crash))),
      undelivered: (messages) => {
        if (context instanceof ProcessContext) context.onUndelivered(messages);
      },
      violated: (what) => end({ kind: "crash", error: `the worker broke the protocol: ${what}`, code: undefined }),
    });
    this.#links.set(pid, link);
    if (context instanceof ProcessContext) context.answerPingsBy(() => link.ping());
    const { signal } = context;
    const onAbort = (): void => link.say({ type: "abort", error: packError(signal.reason) });
    const giveUp = (): void => end({ kind: "killed" });
    signal.addEventListener("abort", giveUp, { once: true });
    worker.on("message", (message: unknown) => link.receive(message));
    worker.on("messageerror", () =>
      end({ kind: "crash", error: "the worker sent what cannot be read", code: undefined }),
    );
    worker.on("error", (error: unknown) => {
      failure ??= error;
      reason ??= crashOf(error);
    });
    const exited = new Promise<ExitReason>((resolve) => {
      worker.once("exit", (code) => {
        signal.removeEventListener("abort", giveUp);
        signal.removeEventListener("abort", onAbort);
        this.#links.delete(pid);
        link.close();
        resolve(reason ?? { kind: "crash", error: `the worker ended by itself with code ${code}`, code: undefined });
      });
    });
    const running = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const early = await Promise.race([running, exited]);
    if (early !== undefined) {
      const why = early.kind === "crash" ? early.error : "it was ended while it loaded";
      throw loadFailed(module, `the worker did not start: ${why}`, failure);
    }
    signal.removeEventListener("abort", giveUp);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    link.pump().catch((error: unknown) => end(crashOf(error)));
    return {
      exited,
      async kill() {
        end({ kind: "killed" });
        await exited;
      },
    };
  }
}
