/** Reads who holds a state directory, so that messages can name the process. */
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

/** The process that a lock names. */
export interface LockHolder {
  readonly processId: number;
  readonly host: string;
  /** Whether it certainly lives; false as well when it lives on another host, where nobody can look. */
  readonly alive: boolean;
}

/** Reads the lock of a state directory; undefined when there is none, or none that can be read. */
export async function lockHolder(dir: string): Promise<LockHolder | undefined> {
  let owner: unknown;
  try {
    owner = JSON.parse(await readFile(join(dir, "run", "lock"), "utf8"));
  } catch {
    return undefined;
  }
  if (typeof owner !== "object" || owner === null || !("processId" in owner) || !("host" in owner)) return undefined;
  const { processId, host } = owner;
  if (typeof processId !== "number" || typeof host !== "string") return undefined;
  const bootId = "bootId" in owner && typeof owner.bootId === "string" ? owner.bootId : undefined;
  const startedAt = "startedAt" in owner && typeof owner.startedAt === "string" ? owner.startedAt : undefined;
  return { processId, host, alive: host === hostname() && (await lives({ processId, bootId, startedAt })) };
}

/** Tells whether a process lives and is the one that took the lock: numbers are used again. */
async function lives(owner: {
  readonly processId: number;
  readonly bootId: string | undefined;
  readonly startedAt: string | undefined;
}): Promise<boolean> {
  const { nodePlatform } = await import("@weftos/platform");
  const { host } = nodePlatform();
  if (owner.bootId !== undefined && host.bootId !== undefined && owner.bootId !== host.bootId) return false;
  if (!host.isAlive(owner.processId)) return false;
  const startedAt = await host.processStart(owner.processId);
  return owner.startedAt === undefined || startedAt === undefined || startedAt === owner.startedAt;
}
