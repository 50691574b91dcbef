/** The worker backend's two ends in one thread, joined by structured clones: its code without the threads. */
import type { BackendStart, ExitReason, RunningAgent, SpawnBackend } from "@weftos/interface";
import { manualClock } from "@weftos/testkit";
import { contextFor } from "../../src/agent/checked-inbox.ts";
import { crashOf } from "../../src/agent/exit-reason.ts";
import { loadAgent } from "../../src/agent/load-agent.ts";
import { ProcessContext } from "../../src/agent/process-context.ts";
import { packError } from "../../src/backends/carried-error.ts";
import { WorkerClient } from "../../src/backends/worker-client.ts";
import { WorkerLink } from "../../src/backends/worker-link.ts";

export class LoopbackBackend implements SpawnBackend {
  readonly name = "loopback";
  readonly confines: readonly string[] = [];

  async start({ source, context }: BackendStart): Promise<RunningAgent> {
    if (!(source instanceof URL)) throw new Error("a module's URL");
    const definition = await loadAgent(source.href);
    const { name, input, environment } = context;
    let end: (reason: ExitReason) => void = () => undefined;
    const exited = new Promise<ExitReason>((resolve) => {
      end = (reason) => {
        link.close();
        resolve(reason);
      };
    });
    const link = new WorkerLink(
      context,
      (message) => {
        const copy = structuredClone(message);
        queueMicrotask(() => client.receive(copy));
      },
      () => undefined,
      manualClock(),
      {
        entered: () => undefined,
        loadFailed: () => undefined,
        done: () => undefined,
        undelivered: (messages) => {
          if (context instanceof ProcessContext) context.onUndelivered(messages);
        },
        violated: (what) => end({ kind: "crash", error: what, code: undefined }),
      },
    );
    const client: WorkerClient = new WorkerClient(
      {
        module: source.href,
        pid: context.pid,
        name,
        parent: context.parent,
        startedAt: context.startedAt,
        input,
        environment,
        levels: ["warn"],
      },
      (message) => {
        const copy: unknown = structuredClone(message);
        queueMicrotask(() => link.receive(copy));
      },
      () => ({ cpuMs: undefined, memoryBytes: undefined }),
    );
    context.signal.addEventListener("abort", () =>
      link.say({ type: "abort", error: packError(context.signal.reason) }),
    );
    link.pump().catch((error: unknown) => end(crashOf(error)));
    definition.run(contextFor(definition, client)).then(
      () => end({ kind: "normal" }),
      (error: unknown) =>
        end(client.signal.aborted && error === client.signal.reason ? { kind: "normal" } : crashOf(error)),
    );
    return {
      exited,
      usage: () => ({ cpuMs: undefined, memoryBytes: undefined, wallMs: 0 }),
      async kill() {
        end({ kind: "killed" });
      },
    };
  }
}
