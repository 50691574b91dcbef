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

class InlineRun implements RunningAgent {
  readonly exited: Promise<ExitReason>;
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #startedAt: number;
  #end: (reason: ExitReason) => void = () => undefined;

  constructor(definition: AgentDefinition<unknown>, context: AgentContext, clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
    this.#startedAt = clock.monotonic();
    this.exited = new Promise((resolve) => {
      this.#end = resolve;
    });
    let running: Promise<void>;
    try {
      // A `run` that is no async function may give anything.
      running = Promise.resolve(definition.run(contextFor(definition, context)));
    } catch (error) {
      this.#end(endOf(error, context));
      return;
    }
    running.then(
      () => this.#end({ kind: "normal" }),
      (error: unknown) => this.#end(endOf(error, context)),
    );
  }

  /** Processor time and memory are the kernel's own: nobody can tell whose. */
  usage(): AgentUsage {
    return { cpuMs: undefined, memoryBytes: undefined, wallMs: this.#clock.monotonic() - this.#startedAt };
  }

  async kill(): Promise<void> {
    this.#end({ kind: "killed" });
  }
}

/** A stop that ends in the stop's own abort error is a normal end. */
function endOf(error: unknown, context: AgentContext): ExitReason {
  const { signal } = context;
  return signal.aborted && error === signal.reason ? { kind: "normal" } : crashOf(error);
}
