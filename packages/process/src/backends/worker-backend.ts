/**
 * Runs agents in worker threads: an endless loop blocks nobody else, `kill` ends it whatever it does, and its heap has a
 * limit. The code itself is trusted: it has the files, the network and the environment of the host's process.
 */
import type { Worker } from "node:worker_threads";
import type { BackendStart, Clock, Logger, RunningAgent, SpawnBackend } from "@weftos/interface";
import { crashOf } from "../agent/exit-reason.ts";
import { OutputLines } from "./output-lines.ts";
import type { Place, PlaceEvents } from "./place.ts";
import { type Apart, moduleOf, runApart, startOf } from "./run-apart.ts";
import { messagesOf, ThreadChannel } from "./thread-channel.ts";
import type { Measured, ToWorker, WorkerStart } from "./worker-protocol.ts";

const MEGABYTE = 1_048_576;
/** How long a measurement waits for the figures of its heap; those of the last answer stand in for later ones. */
const ANSWER_MS = 100;

/** Most of what V8 holds for young objects, in MiB. */
const YOUNG_MB = 16;

export class WorkerBackend implements SpawnBackend {
  readonly name = "worker";
  readonly confines: readonly string[] = [];
  readonly measures = ["cpu", "memory"] as const;
  readonly memoryBytes: number;
  readonly #apart: Apart;

  /** @param memoryMb - memory where a start sets no limit */
  constructor(memoryMb: number, apart: Apart) {
    this.memoryBytes = memoryMb * MEGABYTE;
    this.#apart = apart;
  }

  async start(start: BackendStart): Promise<RunningAgent> {
    const module = moduleOf(start, this.name);
    const memoryMb = Math.max(4, Math.floor((start.limits.memoryBytes ?? this.memoryBytes) / MEGABYTE));
    const { Worker } = await import("node:worker_threads");
    const entry = import.meta.resolve("@weftos/process/worker-entry");
    const { clock } = this.#apart;
    const { name, log } = start.context;
    const workerData: WorkerStart = startOf(module, start);
    return await runApart(
      start,
      {
        module,
        open(events) {
          const worker = new Worker(new URL(entry), {
            name,
            workerData,
            stdout: true,
            stderr: true,
            // With a large young generation, V8 that reaches its limit more often ends the whole program than the thread alone.
            resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: YOUNG_MB },
            // From source, the packages that the worker imports must be found as sources too.
            ...(entry.endsWith(".ts") ? { execArgv: ["--conditions=weftos-source"] } : {}),
          });
          return new WorkerPlace(worker, events, clock, log);
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
  readonly #clock: Clock;
  #memoryBytes: number | undefined;
  #asked: Promise<void> | undefined;

  constructor(worker: Worker, events: PlaceEvents, clock: Clock, log: Logger) {
    this.#worker = worker;
    this.#clock = clock;
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
      events.failed(error, overrun ? { kind: "limit", limit: "memoryBytes" } : crashOf(error));
    });
    worker.once("exit", (code) => {
      for (const lines of this.#output) lines.drain();
      events.gone({ kind: "crash", error: `the worker ended by itself with code ${code}`, code: undefined });
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

  /**
   * The time in which its event loop was not idle, as a worker cannot be asked for the processor's, and its memory by the
   * last answer. Does not wait for a worker that never answers: its processor time is measured all the same.
   */
  async measure(): Promise<Measured> {
    this.#asked ??= this.#askMemory().finally(() => {
      this.#asked = undefined;
    });
    const asked = this.#asked;
    await new Promise<void>((resolve) => {
      const timer = this.#clock.schedule(ANSWER_MS, resolve, { background: true });
      void asked.then(() => {
        timer.cancel();
        resolve();
      });
    });
    return { cpuMs: this.#worker.performance.eventLoopUtilization().active, memoryBytes: this.#memoryBytes };
  }

  /** V8 answers between two steps of the worker's code, also in an endless loop. */
  async #askMemory(): Promise<void> {
    try {
      const told = await this.#worker.getHeapStatistics();
      this.#memoryBytes = told.used_heap_size + told.external_memory;
    } catch {
      // It does not run yet, or no longer: the last answer stands.
    }
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
