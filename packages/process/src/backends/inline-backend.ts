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
import { type AwaitedExit, awaitExit, crashOf } from "../agent/exit-reason.ts";
import { loadAgent } from "../agent/load-agent.ts";

export class InlineBackend implements SpawnBackend {
  readonly name = "inline";
  readonly confines: readonly string[] = [];
  readonly #clock: Pick<Clock, "monotonic">;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  async start({ source, context }: BackendStart): Promise<RunningAgent> {
    return this.enter(source instanceof URL ? await loadAgent(source.href) : source, context);
  }

  /** Starts a definition at once: there is nothing to wait for. */
  enter(definition: AgentDefinition<unknown>, context: AgentContext): InlineRun {
    return new InlineRun(definition, context, this.#clock);
  }
}

/** Who is told of an end, in place of a promise: an idle agent holds a tenth less memory. */
export interface EndListener {
  ended(reason: ExitReason): void;
}

export class InlineRun implements RunningAgent {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #startedAt: number;
  #reason: ExitReason | undefined;
  #listener: EndListener | undefined;
  /** Made when it is asked for. */
  #exit: AwaitedExit | undefined;

  constructor(definition: AgentDefinition<unknown>, context: AgentContext, clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
    // Whole milliseconds take no object of their own.
    this.#startedAt = Math.trunc(clock.monotonic());
    try {
      // A `run` that is no async function may give anything.
      const running: unknown = definition.run(contextFor(definition, context));
      (running instanceof Promise ? running : Promise.resolve(running)).then(
        () => this.#end({ kind: "normal" }),
        (error: unknown) => this.#end(endOf(error, context)),
      );
    } catch (error) {
      this.#end(endOf(error, context));
    }
  }

  get exited(): Promise<ExitReason> {
    this.#exit ??= awaitExit(this.#reason);
    return this.#exit.promise;
  }

  /** Tells one listener of the end, never within this call. */
  tell(listener: EndListener): void {
    this.#listener = listener;
    const reason = this.#reason;
    if (reason !== undefined) queueMicrotask(() => listener.ended(reason));
  }

  /** Processor time and memory are the kernel's own: nobody can tell whose. */
  usage(): AgentUsage {
    return { cpuMs: undefined, memoryBytes: undefined, wallMs: this.#clock.monotonic() - this.#startedAt };
  }

  /** Its listener hears of it a turn later, as of any other end. */
  async kill(): Promise<void> {
    await Promise.resolve();
    this.#end({ kind: "killed" });
  }

  #end(reason: ExitReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#exit?.resolve(reason);
    this.#listener?.ended(reason);
  }
}

/** A stop that ends in the stop's own abort error is a normal end. */
function endOf(error: unknown, context: AgentContext): ExitReason {
  const { signal } = context;
  return signal.aborted && error === signal.reason ? { kind: "normal" } : crashOf(error);
}
