/** What a supervisor keeps of one agent through all its starts. */
import type {
  AgentHandle,
  AgentSource,
  Capabilities,
  ExitReason,
  JsonValue,
  Pid,
  RunningAgent,
} from "@weftos/interface";
import type { ProcessContext } from "../agent/process-context.ts";
import type { ProcessEntry } from "../table/process-entry.ts";
import { type FullRestartPolicy, RestartIntensity } from "./restart-intensity.ts";

/** How an agent is started, the first time and every time again. */
export interface ChildSpec {
  readonly source: AgentSource;
  readonly name: string;
  readonly backend: string;
  readonly parent: Pid;
  readonly capabilities: Capabilities;
  readonly input: JsonValue;
  readonly mailboxLimit: number;
  readonly restart: FullRestartPolicy;
}

/** One start of an agent, under one PID. */
export class Run {
  readonly entry: ProcessEntry;
  readonly context: ProcessContext;
  agent: RunningAgent | undefined;
  /** Who asked it to stop; undefined when nobody did. */
  cause: "operator" | "supervisor" | undefined;
  /** The reason that stands whatever the backend reports: it was killed. */
  forced: ExitReason | undefined;
  /** Gives up a start that is under way. */
  abandonStart: ((reason: Error) => void) | undefined;
  #finished: boolean = false;
  #waiting: (() => void)[] | undefined;

  constructor(entry: ProcessEntry, context: ProcessContext) {
    this.entry = entry;
    this.context = context;
  }

  get pid(): Pid {
    return this.entry.pid;
  }

  /** Resolves when the process has exited. */
  async finished(): Promise<void> {
    if (this.#finished) return;
    await new Promise<void>((resolve) => {
      this.#waiting ??= [];
      this.#waiting.push(resolve);
    });
  }

  finish(): void {
    this.#finished = true;
    for (const resolve of this.#waiting ?? []) resolve();
    this.#waiting = undefined;
  }
}

/** Follows an agent; holds nothing of its specification, so that an old handle keeps no code alive. */
export class Handle implements AgentHandle {
  readonly name: string;
  readonly exited: Promise<ExitReason>;
  pid: Pid;
  settle: (reason: ExitReason) => void = () => undefined;

  constructor(name: string) {
    this.name = name;
    this.pid = 0 as Pid;
    this.exited = new Promise((resolve) => {
      this.settle = resolve;
    });
  }
}

/** A manual restart that waits for the old process to end. */
export interface RestartRequest {
  readonly done: (pid: Pid) => void;
  readonly failed: (reason: unknown) => void;
}

export class Child {
  readonly spec: ChildSpec;
  readonly handle: Handle;
  readonly intensity: RestartIntensity;
  run: Run | undefined;
  /** Restarts so far, manual ones included. */
  restarts = 0;
  /** It was told to end for good. */
  ending = false;
  restartRequest: RestartRequest | undefined;
  /** Cancels the wait before a restart. */
  backoff: AbortController | undefined;

  constructor(spec: ChildSpec) {
    this.spec = spec;
    this.handle = new Handle(spec.name);
    this.intensity = new RestartIntensity(spec.restart);
  }

  /** Whether the policy asks for a restart after this end. */
  wantsRestart(reason: ExitReason): boolean {
    const { type } = this.spec.restart;
    if (this.ending || type === "temporary") return false;
    return type === "permanent" || reason.kind !== "normal";
  }
}
