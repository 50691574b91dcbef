/**
 * Runs agents in the kernel's own thread. A crash is caught. Code that runs here cannot be interrupted: `kill` ends its
 * context, so that it can do nothing more in the kernel's name, and abandons it; an endless loop stops the whole kernel.
 * Use the worker backend for code that must be ended from outside.
 */
import type {
  AgentContext,
  AgentDefinition,
  AgentUsage,
  BackendStart,
  Clock,
  ExitReason,
  RunningAgent,
  SpawnBackend,
} from "@weftos/interface";
import { contextFor } from "../agent/checked-inbox.ts";
import { crashOf } from "../agent/exit-reason.ts";
import { loadAgent } from "../agent/load-agent.ts";

export class InlineBackend implements SpawnBackend {
  readonly name = "inline";
  readonly confines: readonly string[] = [];
  readonly #clock: Pick<Clock, "monotonic">;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  async start({ source, context }: BackendStart): Promise<RunningAgent> {
    const definition = source instanceof URL ? await loadAgent(source.href) : source;
    return new InlineRun(definition, context, this.#clock);
  }
}

/** Who is told how code ended. */
export interface CodeListener {
  returned(): void;
  threw(error: unknown): void;
}

/** Enters code at once; its end is told once, and not within this call. */
export function enterCode(definition: AgentDefinition<unknown>, context: AgentContext, listener: CodeListener): void {
  let running: unknown;
  try {
    running = definition.run(contextFor(definition, context));
  } catch (error) {
    queueMicrotask(() => listener.threw(error));
    return;
  }
  // A `run` that is no async function may give anything. Methods are bound: two functions over this call would take half as much
  // again, for each agent that waits.
  const ended = running instanceof Promise ? running : Promise.resolve(running);
  ended.then(listener.returned.bind(listener), listener.threw.bind(listener));
}

/** Code on the kernel's thread by itself: of a module, or for a program that uses the backend without a supervisor. */
class InlineRun implements RunningAgent, CodeListener {
  readonly exited: Promise<ExitReason>;
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #startedAt: number;
  readonly #context: AgentContext;
  #settle: (reason: ExitReason) => void = () => undefined;

  constructor(definition: AgentDefinition<unknown>, context: AgentContext, clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
    this.#startedAt = clock.monotonic();
    this.#context = context;
    this.exited = new Promise((resolve) => {
      this.#settle = resolve;
    });
    enterCode(definition, context, this);
  }

  returned(): void {
    this.#settle({ kind: "normal" });
  }

  threw(error: unknown): void {
    this.#settle(endOf(error, this.#context));
  }

  /** Processor time and memory are the kernel's own: nobody can tell whose. */
  usage(): AgentUsage {
    return { cpuMs: undefined, memoryBytes: undefined, wallMs: this.#clock.monotonic() - this.#startedAt };
  }

  async kill(): Promise<void> {
    this.#settle({ kind: "killed" });
  }
}

/** How code ended that threw: a stop that ends in the stop's own abort error is a normal end. */
export function endOf(error: unknown, { signal }: Pick<AgentContext, "signal">): ExitReason {
  return signal.aborted && error === signal.reason ? { kind: "normal" } : crashOf(error);
}
