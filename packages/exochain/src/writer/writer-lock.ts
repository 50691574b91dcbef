// One writer for a directory that no kernel locks: a file made exclusively, with who holds it. A lock whose process is
// gone, or whose machine was started anew, is taken over.
import type { Files, Host } from "@weftos/interface";
import { parse, z } from "@weftos/schema";
import { ChainLockedError } from "../error/chain-errors.ts";
import { errorCode } from "./publisher.ts";

const LOCK_FILE = "run/chain.lock";
const MAX_LOCK_BYTES = 4096;
const ATTEMPTS = 3;

const holderSchema = z.lazy(() =>
  z.object({
    processId: z.int(),
    hostname: z.string(),
    bootId: z.nullable(z.string()),
    start: z.nullable(z.string()),
  }),
);
type Holder = z.infer<typeof holderSchema>;

/**
 * Takes the lock.
 *
 * @returns a function that gives it back
 * @throws `CHAIN_LOCKED` when its holder lives, or is on another machine
 */
export async function lockWriter(files: Files, dir: string, host: Host): Promise<() => Promise<void>> {
  const path = `${dir}/${LOCK_FILE}`;
  const { processId, hostname, bootId } = host;
  const me: Holder = {
    processId,
    hostname,
    bootId: bootId ?? null,
    start: (await host.processStart(processId)) ?? null,
  };
  const bytes = new TextEncoder().encode(JSON.stringify(me));
  for (let attempt = 1; ; attempt++) {
    try {
      await files.createExclusive(path, bytes, { mode: 0o600 });
      return () => files.remove(path);
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw error;
    }
    const holder = await readHolder(files, path);
    if (holder !== undefined && ((await lives(holder, host)) || attempt === ATTEMPTS)) throw locked(holder);
    // Moved away first, so that of two who take over only one finds it.
    const aside = `${path}.${processId}.tmp`;
    await files.rename(path, aside).then(
      () => files.remove(aside),
      () => undefined,
    );
  }
}

async function readHolder(files: Files, path: string): Promise<Holder | undefined> {
  try {
    const text = new TextDecoder().decode(await files.read(path, { maxBytes: MAX_LOCK_BYTES }));
    return parse(holderSchema, JSON.parse(text), { what: "the lock", error: () => locked(undefined) });
  } catch {
    // A half-written lock belongs to somebody who crashed while taking it.
    return undefined;
  }
}

async function lives(holder: Holder, host: Host): Promise<boolean> {
  if (holder.hostname !== host.hostname) return true;
  if (holder.bootId !== null && host.bootId !== undefined && holder.bootId !== host.bootId) return false;
  if (!host.isAlive(holder.processId)) return false;
  const start = await host.processStart(holder.processId);
  return holder.start === null || start === undefined || start === holder.start;
}

function locked(holder: Holder | undefined): ChainLockedError {
  const details = { processId: holder?.processId ?? 0, hostname: holder?.hostname ?? "" };
  return new ChainLockedError(`process ${details.processId} on ${details.hostname} writes this chain`, { details });
}
