/** A platform that touches nothing outside the program: for tests, simulation, and kernels that keep no state. */
import type { Clock, Files, Host, Platform, Random } from "@weftos/interface";
import { openAppendLog } from "../append-log/open-append-log.ts";
import { systemClock } from "../clock/system-clock.ts";
import { openFilesLogSink } from "../log/files-log-sink.ts";
import { webRandom } from "../random/web-random.ts";
import { memoryFiles } from "./memory-files.ts";

export interface MemoryPlatformInit {
  /** @defaultValue the clock of the machine */
  readonly clock?: Clock | undefined;
  /** @defaultValue the Web Crypto generator */
  readonly random?: Random | undefined;
  /** @defaultValue an empty file system in memory */
  readonly files?: Files | undefined;
  /** @defaultValue a host with the one process 1 */
  readonly host?: Host | undefined;
  /** @defaultValue no variables */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

/** The host of a program that cannot look at its machine: it knows itself alone, as process 1. */
export function lonelyHost(hostname: string): Host {
  return {
    processId: 1,
    hostname,
    bootId: undefined,
    processStart: async (processId) => (processId === 1 ? "0" : undefined),
    isAlive: (processId) => processId === 1,
  };
}

/** Makes a platform in memory. Two platforms share nothing but what they are given. */
export function memoryPlatform(init: MemoryPlatformInit = {}): Platform {
  const clock = init.clock ?? systemClock();
  const emptyFiles = (): Files => memoryFiles({ now: () => clock.now() });
  const files = init.files ?? emptyFiles();
  const environment = { ...init.environment };
  return {
    name: "memory",
    clock,
    random: init.random ?? webRandom(),
    files,
    host: init.host ?? lonelyHost("memory"),
    workingFolder: () => "/",
    environment: () => ({ ...environment }),
    openAppendLog,
    openLogSink: (options) => openFilesLogSink(files, options),
    memoryFiles: emptyFiles,
  };
}
