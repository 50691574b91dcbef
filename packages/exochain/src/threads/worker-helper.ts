// The other core of a verification: a worker thread that examines stretches. It is given bytes and gives reports; files,
// keys and judgement stay with the thread that walks. When it cannot start or breaks, the walk does all by itself.
import type { MessagePort, Worker } from "node:worker_threads";
import type { StretchHelper } from "../verify/look-ahead.ts";
import type { Stretch, StretchReport, Watch } from "../verify/stretch.ts";

/** Young objects of the worker: reports are small, and all else is gone at once. */
const YOUNG_MB = 4;
const OLD_MB = 64;

/** What goes to the worker. */
export interface ExamineAsked {
  readonly stretch: Stretch;
  readonly watch: Watch;
}

/** What comes back, in the order of the questions. */
export interface ExamineAnswered {
  readonly report: StretchReport | undefined;
  readonly stretch: Stretch;
}

/** What the worker is started with. */
export interface ExamineStart {
  readonly port: MessagePort;
}

type Answer = Awaited<ReturnType<StretchHelper["examine"]>>;
const FAILED: Answer = { report: undefined, stretch: undefined };

/** Starts the worker; it is ready some time later. */
export function startWorkerHelper(): StretchHelper {
  return new WorkerHelper();
}

class WorkerHelper implements StretchHelper {
  ready = false;
  readonly #waiting: ((answer: Answer) => void)[] = [];
  #port: MessagePort | undefined;
  #take: (() => { message: ExamineAnswered } | undefined) | undefined;
  #closed = false;
  readonly #worker: Promise<Worker | undefined>;

  constructor() {
    this.#worker = this.#start().catch(() => undefined);
  }

  async #start(): Promise<Worker | undefined> {
    const { MessageChannel, receiveMessageOnPort, Worker } = await import("node:worker_threads");
    if (this.#closed) return undefined;
    const { port1, port2 } = new MessageChannel();
    const entry = import.meta.resolve("@weftos/exochain/verify-worker");
    const worker = new Worker(new URL(entry), {
      name: "exochain-verify",
      workerData: { port: port2 } satisfies ExamineStart,
      transferList: [port2],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB, maxOldGenerationSizeMb: OLD_MB },
      // From source, the packages that the worker imports must be found as sources too.
      ...(entry.endsWith(".ts") ? { execArgv: ["--conditions=weftos-source"] } : {}),
    });
    worker.once("message", () => {
      this.ready = !this.#closed;
    });
    worker.once("error", () => this.#fail());
    worker.once("exit", () => this.#fail());
    port1.on("message", (answer: ExamineAnswered) => this.#answered(answer));
    this.#port = port1;
    this.#take = () => receiveMessageOnPort(port1) as { message: ExamineAnswered } | undefined;
    return worker;
  }

  poll(): void {
    for (let next = this.#take?.(); next !== undefined; next = this.#take?.()) this.#answered(next.message);
  }

  examine(stretch: Stretch, watch: Watch): Promise<Answer> {
    const port = this.#port;
    if (!this.ready || port === undefined) return Promise.resolve(FAILED);
    const asked: ExamineAsked = { stretch, watch };
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      port.postMessage(asked, [stretch.events.buffer as ArrayBuffer, stretch.content.buffer as ArrayBuffer]);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const worker = await this.#worker;
    await worker?.terminate();
    this.#fail();
    this.#port?.close();
  }

  #answered(answer: ExamineAnswered): void {
    this.#waiting.shift()?.(answer);
  }

  #fail(): void {
    this.ready = false;
    for (const resolve of this.#waiting.splice(0)) resolve(FAILED);
  }
}
