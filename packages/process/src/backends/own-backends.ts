/**
 * The backends that this package brings. What runs agents apart from the kernel's thread is loaded with the first such agent:
 * many kernels never start one.
 */
import type { EventSource, FeatureContext, SpawnBackend } from "@weftos/interface";
import type { ProcessConfig } from "../process-config.ts";
import type { ProcessEvents } from "../processes.ts";
import { Heartbeat } from "./heartbeat.ts";
import { InlineBackend } from "./inline-backend.ts";
import { confinedBy, nodeKnows } from "./node-permissions.ts";
import type { Apart } from "./run-apart.ts";

const MEGABYTE = 1_048_576;

/** Makes the backends `inline`, `worker` and `process`. */
export function ownBackends(
  { clock, platform, logger }: Pick<FeatureContext, "clock" | "platform" | "logger">,
  { workerMemoryMb, processMemoryMb, heartbeatMs, hungMs }: ProcessConfig,
  events: EventSource<ProcessEvents>,
): readonly SpawnBackend[] {
  let shared: Apart | undefined;
  const apart = async (): Promise<Apart> => {
    const { Apart } = await import("./run-apart.ts");
    shared ??= new Apart(clock, new Heartbeat(clock, { intervalMs: heartbeatMs, hungMs }), events);
    return shared;
  };
  return [
    new InlineBackend(clock),
    late(
      { name: "worker", confines: [], measures: ["cpu", "memory"], memoryBytes: workerMemoryMb * MEGABYTE },
      async () => {
        const { WorkerBackend } = await import("./worker-backend.ts");
        return new WorkerBackend(workerMemoryMb, await apart());
      },
    ),
    late(
      {
        name: "process",
        confines: confinedBy(nodeKnows),
        measures: ["cpu", "memory"],
        memoryBytes: processMemoryMb * MEGABYTE,
      },
      async () => {
        const { ProcessBackend } = await import("./process-backend.ts");
        const { opensInspector } = await import("./inspector-signal.ts");
        if (await opensInspector()) {
          logger.warn(
            "agents in processes of their own can open this program's inspector by the signal SIGUSR1 and run code in it: start it with --disable-sigusr1",
          );
        }
        const disk = platform.files;
        return new ProcessBackend({ apart: await apart(), disk, memoryMb: processMemoryMb, knowsFlag: nodeKnows });
      },
    ),
  ];
}

/** A backend that is loaded at its first start; what it says of itself is known before. */
function late(about: Omit<SpawnBackend, "start">, load: () => Promise<SpawnBackend>): SpawnBackend {
  let loading: Promise<SpawnBackend> | undefined;
  return {
    ...about,
    async start(start) {
      loading ??= load();
      return await (await loading).start(start);
    },
  };
}
