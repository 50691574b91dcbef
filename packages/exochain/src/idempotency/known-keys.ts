// All idempotency keys of the chain. The latest are in memory; when they are many, those that are durable move to a sorted
// file, and the cache of the opening names the files. Whatever it does not name was never there: then the chain is walked.
import type { Files } from "@weftos/interface";
import { KEYS_FOLDER } from "../format/file-names.ts";
import { KeyRun, type KnownKey, keyIdentity, type RunName, runFile } from "./key-run.ts";

/** Keys in memory from which on they are worth a file. */
const RUN_FROM = 16_384;
/** Keys in memory while a chain is walked from its beginning. */
const MOST_WALKED = 65_536;

/** What the cache of the opening keeps of the keys. */
export interface KeptKeys {
  readonly recent: readonly (readonly [key: string, sequence: number, hash: Uint8Array])[];
  readonly runs: readonly RunName[];
}

export class KnownKeys {
  readonly #files: Files;
  readonly #dir: string;
  readonly #recent = new Map<string, KnownKey>();
  readonly #runs: KeyRun[];
  #walked: Promise<void> = Promise.resolve();

  private constructor(files: Files, dir: string, runs: KeyRun[]) {
    this.#files = files;
    this.#dir = dir;
    this.#runs = runs;
  }

  /** Opens what was kept; undefined when a file is not as it was. Files that are not named are removed. */
  static async open(files: Files, dir: string, kept: KeptKeys): Promise<KnownKeys | undefined> {
    const runs: KeyRun[] = [];
    for (const name of kept.runs) {
      const run = await KeyRun.open(files, dir, name);
      if (run === undefined) {
        for (const opened of runs) await opened.close();
        return undefined;
      }
      runs.push(run);
    }
    await removeOthers(files, dir, kept.runs);
    const keys = new KnownKeys(files, dir, runs);
    for (const [key, sequence, hash] of kept.recent) keys.set(key, { sequence, hash });
    return keys;
  }

  /** Begins without any. */
  static async begin(files: Files, dir: string): Promise<KnownKeys> {
    await removeOthers(files, dir, []);
    return new KnownKeys(files, dir, []);
  }

  get(key: string): KnownKey | undefined {
    const recent = this.#recent.get(key);
    if (recent !== undefined || this.#runs.length === 0) return recent;
    const id = keyIdentity(key);
    for (let i = this.#runs.length - 1; i >= 0; i--) {
      const found = this.#runs[i]?.find(id);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  set(key: string, known: KnownKey): void {
    this.#recent.set(key, known);
  }

  /** Forgets a key whose append failed. */
  delete(key: string): void {
    this.#recent.delete(key);
  }

  /** Notes a key that is durable already; when they are many, they go to a file behind the walk. */
  walked(key: string, known: KnownKey): void {
    this.#recent.set(key, known);
    if (this.#recent.size < MOST_WALKED) return;
    const full = new Map(this.#recent);
    this.#recent.clear();
    this.#walked = this.#walked.then(async () => {
      this.#runs.push(await KeyRun.write(this.#files, this.#dir, full));
    });
  }

  /** Resolves when all files of a walk are written. */
  settled(): Promise<void> {
    return this.#walked;
  }

  /** Gives what to keep of the keys below a size, and moves them to a file when they are many. */
  async keep(size: number): Promise<KeptKeys> {
    await this.#walked;
    const durable = new Map<string, KnownKey>();
    for (const [key, known] of this.#recent) if (known.sequence < size) durable.set(key, known);
    if (durable.size >= RUN_FROM) {
      this.#runs.push(await KeyRun.write(this.#files, this.#dir, durable));
      for (const key of durable.keys()) this.#recent.delete(key);
      durable.clear();
    }
    return {
      recent: [...durable].map(([key, { sequence, hash }]) => [key, sequence, hash] as const),
      runs: this.#runs.map(({ name }) => name),
    };
  }

  async close(): Promise<void> {
    await this.#walked.catch(() => undefined);
    for (const run of this.#runs) await run.close();
  }
}

async function removeOthers(files: Files, dir: string, runs: readonly RunName[]): Promise<void> {
  const folder = `${dir}/${KEYS_FOLDER}`;
  if ((await files.stat(folder))?.kind !== "folder") return;
  const named = new Set(runs.map(({ first }) => runFile(first)));
  for (const { name } of await files.list(folder)) {
    if (!named.has(name)) await files.remove(`${folder}/${name}`);
  }
}
