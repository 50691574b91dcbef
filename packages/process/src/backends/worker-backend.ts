/**
 * Runs agents in worker threads: an endless loop blocks nobody else, `kill` ends it whatever it does, and its memory is measured, also
 * while it loops. The code itself is trusted: it has the files, the network and the environment of the host's process.
 */
import type { Worker } from "node:worker_threads";
import type { BackendStart, Clock, ExitReason, Logger, RunningAgent, SpawnBackend } from "@weftos/interface";
import { crashOf } from "../agent/exit-reason.ts";
import { OutputLines } from "./output-lines.ts";
import type { Place, PlaceEvents } from "./place.ts";
import { type Apart, moduleOf, runApart, startOf } from "./run-apart.ts";
import { messagesOf, ThreadChannel } from "./thread-channel.ts";
import { NET_MB, ThreadWatch, type Watched } from "./thread-watch.ts";
import type { Measured, ThreadStart, ToWorker } from "./worker-protocol.ts";

const MEGABYTE = 1_048_576;
const overMemory: ExitReason = { kind: "limit", limit: "memoryBytes" };
/** Most of what V8 holds for young objects, in MiB: with more, V8 that reaches its limit more often ends the whole program than the thread. */
const YOUNG_MB = 16;

export class WorkerBackend implements SpawnBackend {
  readonly name = "worker";
  readonly confines: readonly string[] = [];
  readonly measures = ["cpu", "memory"] as const;
  readonly memoryBytes: number;
  readonly #apart: Apart;
  readonly #watch: ThreadWatch;

  /** @param memoryMb - memory where a start sets no limit */
  constructor(memoryMb: number, apart: Apart) {
    this.memoryBytes = memoryMb * MEGABYTE;
    this.#apart = apart;
    this.#watch = new ThreadWatch(apart.clock);
  }

  async start(start: BackendStart): Promise<RunningAgent> {
    const module = moduleOf(start, this.name);
    const memoryBytes = start.limits.memoryBytes ?? this.memoryBytes;
    const heapMb = Math.ceil(memoryBytes / MEGABYTE) + NET_MB;
    const { Worker } = await import("node:worker_threads");
    const entry = import.meta.resolve("@weftos/process/worker-entry");
    const { clock } = this.#apart;
    const watch = this.#watch;
    const { name, log } = start.context;
    const workerData: ThreadStart = { ...startOf(module, start), memoryBytes };
    return await runApart(
      start,
      {
        module,
        tellsMemory: true,
        open(events) {
          const worker = new Worker(new URL(entry), {
            name,
            workerData,
            stdout: true,
            stderr: true,
            resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: YOUNG_MB },
            // From source, the packages that the worker imports must be found as sources too.
            ...(entry.endsWith(".ts") ? { execArgv: ["--conditions=weftos-source"] } : {}),
          });
          const place = new WorkerPlace(worker, events, clock, log);
          place.holdTo(memoryBytes, watch);
          return place;
        },
      },
      this.#apart,
    );
  }
}

class WorkerPlace implements Place {
  readonly #worker: Worker;
  readonly #channel: ThreadChannel<ToWorker>;
  readonly #output: readonly OutputLines[];
  readonly #events: PlaceEvents;
  #memory: Watched | undefined;

  constructor(worker: Worker, events: PlaceEvents, clock: Clock, log: Logger) {
    this.#worker = worker;
    this.#events = events;
    this.#channel = new ThreadChannel(0, (posting) => worker.postMessage(posting));
    this.#output = [
      new OutputLines(worker.stdout, clock, (line) => log.info("standard output", line)),
      new OutputLines(worker.stderr, clock, (line) => log.warn("standard error", line)),
    ];
    worker.on("message", (posting: unknown) => hear(posting, events));
    worker.on("messageerror", () => events.violated("it sent what cannot be read"));
    worker.on("error", (error: unknown) => {
      const { code } = error as { readonly code?: unknown };
      const overrun = code === "ERR_WORKER_OUT_OF_MEMORY";
      events.failed(error, overrun ? overMemory : crashOf(error));
    });
    worker.once("exit", (code) => {
      this.#memory?.stop();
      for (const lines of this.#output) lines.drain();
      events.gone({ kind: "crash", error: `the worker ended by itself with code ${code}`, code: undefined });
    });
  }

  /** Ends the thread before it endangers the kernel. */
  holdTo(memoryBytes: number, watch: ThreadWatch): void {
    this.#memory = watch.follow(this.#worker, memoryBytes, () => {
      this.#events.failed(new Error(`it took far more than ${memoryBytes} bytes of memory`), overMemory);
      this.end();
    });
  }

  post(message: ToWorker): void {
    this.#channel.post(message);
  }

  room(): undefined {
    return undefined;
  }

  end(): void {
    void this.#worker.terminate();
  }

  /** The time in which its event loop was not idle, as a worker cannot be asked for the processor's, and its memory as it was last seen. */
  async measure(): Promise<Measured> {
    return { cpuMs: this.#worker.performance.eventLoopUtilization().active, memoryBytes: this.#memory?.bytes };
  }
}

/** Tells one after the other what came together. */
function hear(posting: unknown, events: PlaceEvents): void {
  let messages: readonly unknown[];
  try {
    messages = messagesOf(posting);
  } catch {
    events.violated("it sent what cannot be read");
    return;
  }
  for (const message of messages) events.said(message);
}
