/** A platform in memory that a seed replays: manual clock, seeded randomness, files with faults. */
import type { Files, Host, Platform, Random } from "@weftos/interface";
import { type MemoryFiles, memoryPlatform as platformInMemory } from "@weftos/platform";
import { type FaultFiles, faultFiles } from "./fault-files.ts";
import { type ManualClock, manualClock } from "./manual-clock.ts";
import { seededRandom } from "./seeded-random.ts";

export interface TestPlatformInit {
  /** Seeds the randomness. @defaultValue 1 */
  readonly seed?: number | undefined;
  /** Where the wall clock starts, in milliseconds UTC. @defaultValue that of `manualClock` */
  readonly now?: number | undefined;
  /** A clock to share with another platform, instead of one of its own. */
  readonly clock?: ManualClock | undefined;
  /** Randomness to share; `seed` is then not used. */
  readonly random?: Random | undefined;
  /** Files to go on with, as `faults.crash()` gives them; without it an empty file system. */
  readonly files?: Files | undefined;
  /** @defaultValue a host with the one process 1 */
  readonly host?: Host | undefined;
  /** @defaultValue no variables */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

/** A platform with what a test asks of it. */
export interface TestPlatform extends Platform {
  readonly clock: ManualClock;
  /** Faults and crashes of `files`; of no use when `files` was given. */
  readonly faults: FaultFiles;
  /** Gives the platform as the next process finds it after this one was lost: what was synced, the same clock, a new PID. */
  crash(): TestPlatform;
}

/** Makes a platform whose every run is the same for the same seed. */
export function memoryPlatform(init: TestPlatformInit = {}): TestPlatform {
  const seed = init.seed ?? 1;
  const clock = init.clock ?? manualClock({ now: init.now });
  const random = init.random ?? seededRandom(seed);
  const faults = faultFiles({ now: () => clock.now() });
  const { environment } = init;
  const host = init.host ?? lonelyHost(1);
  const files = init.files ?? faults.files;
  return {
    ...platformInMemory({ clock, random, files, host, environment }),
    clock,
    faults,
    crash: () =>
      memoryPlatform({
        seed: seed + 1,
        clock,
        files: afterCrash(files),
        host: lonelyHost(host.processId + 1),
        environment,
      }),
  };
}

/** Files that crashed before crash again. */
function afterCrash(files: Files): Files {
  if ("afterCrash" in files) return (files as MemoryFiles).afterCrash();
  throw new TypeError("expected files in memory: only those can crash");
}

/** A host on which one process lives. */
function lonelyHost(processId: number): Host {
  return {
    processId,
    hostname: "memory",
    bootId: undefined,
    processStart: async (id) => (id === processId ? "0" : undefined),
    isAlive: (id) => id === processId,
  };
}
