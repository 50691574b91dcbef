/**
 * Runs an agent in a place outside the kernel's thread: from opening the place, through the start of its code, to the one
 * reason why it ended. The same for threads and processes.
 */
import type {
  AgentContext,
  AgentHealth,
  AgentUsage,
  BackendStart,
  Capabilities,
  Clock,
  EventSource,
  ExitReason,
  LogLevel,
  Pid,
  RunningAgent,
} from "@weftos/interface";
import { crashOf } from "../agent/exit-reason.ts";
import { loadFailed } from "../agent/load-agent.ts";
import { ProcessContext } from "../agent/process-context.ts";
import { AgentNotAModuleError } from "../process-errors.ts";
import type { ProcessEvents } from "../processes.ts";
import { packError, unpackError } from "./carried-error.ts";
import type { Heartbeat, Pulse } from "./heartbeat.ts";
import type { Place, PlaceEvents } from "./place.ts";
import { WorkerLink } from "./worker-link.ts";
import type { Measured, Told, WorkerStart } from "./worker-protocol.ts";

const levels: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];

/** What runs share: who beats, and who is told of suspensions and restarts. */
export class Apart {
  readonly clock: Clock;
  readonly heartbeat: Heartbeat;
  readonly #links = new Map<Pid, WorkerLink>();

  constructor(clock: Clock, heartbeat: Heartbeat, events: EventSource<ProcessEvents>) {
    this.clock = clock;
    this.heartbeat = heartbeat;
    events.on("process:state-changed", ({ pid, from, to }) => {
      if (to === "suspended") this.#links.get(pid)?.say({ type: "hold" });
      else if (from === "suspended" && to === "running") this.#links.get(pid)?.say({ type: "release" });
    });
    events.on("process:restarted", ({ pid }) => {
      for (const link of this.#links.values()) link.childMoved(pid);
    });
  }

  add(pid: Pid, link: WorkerLink): void {
    this.#links.set(pid, link);
  }

  remove(pid: Pid): void {
    this.#links.delete(pid);
  }
}

/** Gives the module that a start names. @throws AGENT_NOT_A_MODULE */
export function moduleOf({ source }: BackendStart, backend: string): URL {
  if (source instanceof URL) return source;
  throw new AgentNotAModuleError(
    `the agent ${source.name} is a closure: for the backend ${backend}, make it a module's default export and start its URL`,
    { details: { agent: source.name, backend } },
  );
}

/** Makes what the code is started with. */
export function startOf(module: URL, { context }: BackendStart): WorkerStart {
  const { name, startedAt, input, log, environment } = context;
  const enabled = levels.filter((level) => log.enabled(level));
  const pid: number = context.pid;
  return { module: module.href, pid, name, parent: context.parent, startedAt, input, environment, levels: enabled };
}

/** What a backend adds to a run. */
export interface RunInit {
  readonly module: URL;
  /** Whether its memory is what it tells itself, without garbage, as long as it answers. */
  readonly tellsMemory?: boolean;
  /** Whether the code may go on under changed rights. */
  readonly fits?: (rights: Capabilities) => boolean;
  open(events: PlaceEvents): Place;
}

/** Opens a place and starts an agent in it; resolves when its code was entered. @throws AGENT_LOAD_FAILED */
export async function runApart(start: BackendStart, init: RunInit, apart: Apart): Promise<RunningAgent> {
  const run = new ApartRun(start.context, init, apart);
  await run.entered();
  return run;
}

class ApartRun implements RunningAgent, AgentHealth {
  readonly exited: Promise<ExitReason>;
  readonly #context: AgentContext;
  readonly #init: RunInit;
  readonly #apart: Apart;
  readonly #place: Place;
  readonly #link: WorkerLink;
  readonly #pid: Pid;
  readonly #startedAt: number;
  readonly #pulse: Pulse;
  readonly #onAbort: () => void;
  readonly #giveUp: () => void;
  readonly #running: Promise<void>;
  #told: Told = { cpuMs: undefined, memoryBytes: undefined, idle: false };
  #measured: Measured = { cpuMs: undefined, memoryBytes: undefined };
  #reason: ExitReason | undefined;
  #failure: unknown;
  #resolveExited: (reason: ExitReason) => void = () => undefined;
  #resolveRunning: () => void = () => undefined;

  constructor(context: AgentContext, init: RunInit, apart: Apart) {
    this.#context = context;
    this.#init = init;
    this.#apart = apart;
    this.#pid = context.pid as unknown as Pid;
    this.exited = new Promise((resolve) => {
      this.#resolveExited = resolve;
    });
    this.#running = new Promise((resolve) => {
      this.#resolveRunning = resolve;
    });
    this.#place = init.open({
      said: (raw) => this.#link.receive(raw),
      violated: (what) => this.#violated(what),
      failed: (error, reason) => {
        this.#failure ??= error;
        this.#reason ??= reason;
      },
      gone: (reason) => this.#gone(reason),
    });
    this.#link = this.#openLink();
    apart.add(this.#pid, this.#link);
    if (context instanceof ProcessContext) context.answerPingsBy(async () => void (await this.#link.ping()));
    this.#onAbort = () => this.#link.say({ type: "abort", error: packError(context.signal.reason) });
    this.#giveUp = () => this.#end({ kind: "killed" });
    if (context.signal.aborted) this.#giveUp();
    else context.signal.addEventListener("abort", this.#giveUp, { once: true });
    this.#startedAt = apart.clock.monotonic();
    this.#pulse = apart.heartbeat.follow({ ping: () => this.#ping(), measure: () => this.#measure() });
  }

  get health(): AgentHealth {
    return this;
  }

  silentMs(): number {
    return this.#pulse.silentMs();
  }

  get hung(): boolean {
    return this.#pulse.hung;
  }

  /** As it said at the last heartbeat, unless it was given a message since that it has not taken, or does not answer by now. */
  get idle(): boolean {
    return this.#told.idle && this.#link.taken && !this.#pulse.late;
  }

  usage(): AgentUsage {
    const [told, seen] = [this.#told.memoryBytes, this.#measured.memoryBytes];
    const isTold = this.#init.tellsMemory === true && !this.#pulse.late;
    return {
      cpuMs: this.#measured.cpuMs ?? this.#told.cpuMs,
      memoryBytes: isTold ? (told ?? seen) : (seen ?? told),
      wallMs: this.#apart.clock.monotonic() - this.#startedAt,
    };
  }

  rightsChanged(rights: Capabilities): void {
    if (this.#init.fits?.(rights) === false) this.#end({ kind: "supervisor", cause: "rights" });
  }

  async kill(): Promise<void> {
    this.#end({ kind: "killed" });
    await this.exited;
  }

  /** Resolves when the agent's code was entered; from then on its signal asks it to end. */
  async entered(): Promise<void> {
    const early = await Promise.race([this.#running, this.exited]);
    if (early !== undefined) {
      const why = early.kind === "crash" ? early.error : "it was ended while it loaded";
      throw loadFailed(this.#init.module.href, `the agent did not start: ${why}`, this.#failure);
    }
    const { signal } = this.#context;
    signal.removeEventListener("abort", this.#giveUp);
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener("abort", this.#onAbort, { once: true });
    this.#link.pump().catch((error: unknown) => this.#end(crashOf(error)));
    // Whether it waits for messages is known as soon as it can say so.
    this.#pulse.ask();
  }

  #openLink(): WorkerLink {
    const { post, room } = { post: this.#place.post.bind(this.#place), room: this.#place.room.bind(this.#place) };
    const context = this.#context;
    return new WorkerLink(context, post, room, this.#apart.clock, {
      entered: () => this.#resolveRunning(),
      loadFailed: (error) => {
        this.#failure = unpackError(error);
        this.#end(crashOf(this.#failure));
      },
      done: (crash) => this.#end(crash === null ? { kind: "normal" } : crashOf(unpackError(crash))),
      undelivered: (messages) => {
        if (context instanceof ProcessContext) context.onUndelivered(messages);
      },
      violated: (what) => this.#violated(what),
    });
  }

  #violated(what: string): void {
    this.#end({ kind: "crash", error: `the agent broke the protocol: ${what}`, code: undefined });
  }

  #end(why: ExitReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = why;
    this.#place.end();
  }

  #gone(reason: ExitReason): void {
    const { signal } = this.#context;
    signal.removeEventListener("abort", this.#giveUp);
    signal.removeEventListener("abort", this.#onAbort);
    this.#apart.remove(this.#pid);
    this.#pulse.stop();
    this.#link.close();
    this.#resolveExited(this.#reason ?? reason);
  }

  async #ping(): Promise<void> {
    this.#told = (await this.#link.ping()) ?? this.#told;
  }

  async #measure(): Promise<void> {
    this.#measured = await this.#place.measure();
  }
}
