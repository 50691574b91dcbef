/** The platform of a Node program: the machine's clock, randomness, files and processes. */
import type { Platform } from "@weftos/interface";
import { openAppendLog } from "../append-log/open-append-log.ts";
import { systemClock } from "../clock/system-clock.ts";
import { memoryFiles } from "../memory/memory-files.ts";
import { nodeFiles } from "./node-files.ts";
import { nodeHost } from "./node-host.ts";
import { openNodeLogSink } from "./node-log-sink.ts";
import { nodeRandom } from "./node-random.ts";

/** Gives the platform of this Node program. */
export function nodePlatform(): Platform {
  const random = nodeRandom();
  return {
    name: "node",
    clock: systemClock(),
    random,
    files: nodeFiles((length) => random.bytes(length)),
    host: nodeHost(),
    workingFolder: () => process.cwd(),
    environment: () => ({ ...process.env }),
    openAppendLog,
    openLogSink: openNodeLogSink,
    memoryFiles: () => memoryFiles(),
  };
}
