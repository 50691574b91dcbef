/**
 * Keeps two kernels from one state directory. Node has no flock, and every container has a PID 1: the lock is a file made
 * with O_EXCL that names process, host, boot of the machine and start of the process. A lock whose process is certainly
 * gone is taken over: renamed away, read again, and put back if it turned out to be another one. A lock of another host is
 * never taken over, since nothing can be known of it.
 */
import type { Clock, Files, Platform } from "@weftos/interface";
import { safeParse, z } from "@weftos/schema";
import { KernelLockedError } from "./state-errors.ts";

const MAX_LOCK_BYTES = 4096;
const ATTEMPTS = 8;
// A lock is written in the moment it is made. One that stays empty is what a kernel left that was killed in between.
const TORN_AFTER_MS = 2000;
const LOOK_AGAIN_MS = 50;
const MAX_LOOKS = TORN_AFTER_MS / LOOK_AGAIN_MS + 1;

const ownerSchema = z.lazy(() =>
  z.object({
    processId: z.int().check(z.minimum(1)),
    host: z.string(),
    bootId: z.nullable(z.string()),
    startedAt: z.nullable(z.string()),
    nonce: z.string(),
  }),
);

type Owner = z.infer<typeof ownerSchema>;

/** A lock that this kernel holds. */
export interface DirectoryLock {
  /** The dead process whose lock was taken over. */
  readonly takenFrom: number | undefined;
  /** Gives the directory free; a lock that is no longer ours is left alone. */
  release(): Promise<void>;
}

interface LockDeps {
  readonly files: Files;
  readonly host: Platform["host"];
  readonly clock: Pick<Clock, "sleep">;
  readonly nonce: string;
}

/**
 * Locks a state directory whose folder `run` exists.
 *
 * @throws `KERNEL_LOCKED` naming process and host of the holder
 */
export async function lockDirectory(dir: string, deps: LockDeps): Promise<DirectoryLock> {
  const { files, host } = deps;
  const path = `${dir}/run/lock`;
  const own: Owner = {
    processId: host.processId,
    host: host.hostname,
    bootId: host.bootId ?? null,
    startedAt: (await host.processStart(host.processId)) ?? null,
    nonce: deps.nonce,
  };
  const text = `${JSON.stringify(own)}\n`;
  const bytes = new TextEncoder().encode(text);
  let takenFrom: number | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await create(files, path, bytes)) {
      // Read again: somebody who judged an older lock may have moved this one away in the same moment.
      if ((await readText(files, path)) === text) return { takenFrom, release: () => release(files, path, text) };
      continue;
    }
    const held = await readSettled(path, deps);
    if (held === undefined) continue;
    if (held === "") {
      await moveAway(files, path, held, deps.nonce);
      continue;
    }
    const owner = parseOwner(held);
    if (owner === undefined || !(await isGone(owner, deps))) throw lockedBy(dir, owner);
    if (await moveAway(files, path, held, deps.nonce)) takenFrom = owner.processId;
  }
  throw lockedBy(dir, parseOwner((await readText(files, path)) ?? ""));
}

/** Reads a lock, giving one that is just being written the time to be whole. */
async function readSettled(path: string, { files, clock }: LockDeps): Promise<string | undefined> {
  let text = await readText(files, path);
  for (let look = 0; text === "" && look < MAX_LOOKS; look++) {
    await clock.sleep(LOOK_AGAIN_MS);
    text = await readText(files, path);
  }
  return text;
}

async function isGone(owner: Owner, { host }: LockDeps): Promise<boolean> {
  if (owner.host !== host.hostname) return false;
  if (owner.bootId !== null && host.bootId !== undefined && owner.bootId !== host.bootId) return true;
  if (!host.isAlive(owner.processId)) return true;
  const startedAt = await host.processStart(owner.processId);
  // The number lives, but as another process: it was used again.
  return owner.startedAt !== null && startedAt !== undefined && startedAt !== owner.startedAt;
}

/** Moves a dead lock away; tells whether it was the one that was judged. */
async function moveAway(files: Files, path: string, judged: string, nonce: string): Promise<boolean> {
  const aside = `${path}.stale-${nonce}`;
  try {
    await files.rename(path, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
  const moved = await readText(files, aside);
  if (moved !== judged && moved !== undefined) await create(files, path, new TextEncoder().encode(moved));
  await files.remove(aside).catch(() => undefined);
  return moved === judged;
}

async function release(files: Files, path: string, text: string): Promise<void> {
  if ((await readText(files, path)) === text) await files.remove(path);
}

async function create(files: Files, path: string, bytes: Uint8Array): Promise<boolean> {
  try {
    await files.createExclusive(path, bytes, { mode: 0o600 });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

async function readText(files: Files, path: string): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await files.read(path, { maxBytes: MAX_LOCK_BYTES }));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function parseOwner(text: string): Owner | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = safeParse(ownerSchema, value, "the lock");
  return parsed.ok ? parsed.value : undefined;
}

function lockedBy(dir: string, owner: Owner | undefined): KernelLockedError {
  const who = owner === undefined ? "an unreadable lock" : `process ${owner.processId} on ${owner.host}`;
  const hint = owner === undefined ? `; remove ${dir}/run/lock if no kernel runs there` : "";
  return new KernelLockedError(`the state directory ${dir} is held by ${who}${hint}`, {
    details: { dir, processId: owner?.processId, host: owner?.host },
    retryable: true,
  });
}

/** Gives the code that the platform put on an error. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
