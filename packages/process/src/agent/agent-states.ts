/**
 * What agents keep from one start to the next. An agent's state is one journal, `journal/state/<name>`, and the folder
 * `journal/values/<the same>` when it has longer values. Its name is SHAKE-256/128, hex, of the JSON list of names, from its topmost spawner
 * down to its own; before that of an agent that another started stand the topmost one's and a dot. It is opened when an agent first asks,
 * made with its first key, closed when the last process that asked has ended, and removed then if no key is left.
 */
import { shake256, toHex } from "@weftos/crypto";
import type { AgentState, Files, Logger, Pid, Platform } from "@weftos/interface";
import { inputInvalid, notPlain } from "../input-invalid.ts";
import { AgentStateFullError, ProcessInputInvalidError, ProcessNotAcceptingError } from "../process-errors.ts";
import { plainJson } from "./plain-json.ts";
import { MAX_KEY, MAX_VALUE_BYTES, readRecord } from "./state-record.ts";
import { type StateLimit, StateStore } from "./state-store.ts";

const NAME_BYTES = 16;
const TORN = "the journal of an agent's state had a torn end: a change that was under way is gone";
const encoder = new TextEncoder();

/** Where states lie, and how many. */
export interface StatesInit {
  readonly platform: Pick<Platform, "openAppendLog">;
  readonly files: Files;
  readonly dir: string;
  readonly logger: Pick<Logger, "warn">;
  /** Most agents with a state; of these a tenth may be below one agent of the kernel. */
  readonly maxAgents: number;
}

/** A state that there is. */
export interface KeptState {
  /** Names, from its topmost spawner down to its own. */
  readonly agents: readonly string[];
  /** A process uses it. */
  readonly open: boolean;
}

/** The names of states that there are. */
interface Known {
  readonly all: Set<string>;
  /** How many of them are below a topmost agent, by the first part of the name. */
  readonly below: Map<string, number>;
}

export class AgentStates {
  readonly #init: StatesInit;
  readonly #open = new Map<string, StateStore>();
  /** Those that let go of their files, which the next of the same name waits for. */
  readonly #closing = new Map<string, Promise<void>>();
  readonly #users = new Map<Pid, string>();
  /** Those whose last change failed. */
  readonly #doubtful = new Set<string>();
  #known: Promise<Known> | undefined;
  #closed = false;

  constructor(init: StatesInit) {
    this.#init = init;
  }

  /**
   * Gives the state of a process.
   *
   * @param names - from its topmost spawner down to its own
   * @param limit - how much this process may keep
   */
  of(pid: Pid, names: readonly string[], limit: StateLimit): AgentState {
    const use = async (): Promise<StateStore> => await this.#use(pid, names);
    return {
      get: async (key) => await (await use()).get(keyOf(key)),
      set: async (key, value) => await (await use()).set(keyOf(key), textOf(value), limit),
      remove: async (key) => await (await use()).remove(keyOf(key)),
      keys: async () => await (await use()).keys(),
    };
  }

  /** Bytes of keys and values that an agent keeps, as far as it has asked for them. */
  bytes(pid: Pid): number {
    return this.#open.get(this.#users.get(pid) ?? "")?.bytes ?? 0;
  }

  /** Lists whose states there are, by the names of their files; at most so many. */
  async list(most: number): Promise<{ readonly states: readonly KeptState[]; readonly more: number }> {
    const { all } = await this.#all();
    const names = [...all].sort();
    const states: KeptState[] = [];
    for (const file of names.slice(0, most)) {
      const open = this.#open.get(file);
      const agents = open?.names ?? (await this.#alone(file, () => this.#headOf(file)));
      if (agents !== undefined) states.push({ agents, open: open !== undefined });
    }
    return { states, more: Math.max(0, names.length - most) };
  }

  /**
   * Removes all that an agent kept.
   *
   * @returns whether there was anything
   * @throws PROCESS_INPUT_INVALID while a process uses it
   */
  async remove(names: readonly string[]): Promise<boolean> {
    const file = fileOf(names);
    const known = await this.#all();
    if (this.#open.has(file)) throw inUse(names.join("/"));
    if (!known.all.has(file)) return false;
    const { files, dir } = this.#init;
    await this.#alone(file, async () => {
      // The values first: what is left of a removal that was cut short is a state without them, which is removed again.
      const values = valuesOf(dir, file);
      if ((await files.stat(values)) !== undefined) await files.remove(values, { recursive: true });
      await files.remove(`${folderOf(dir)}/${file}`);
      drop(known, file);
    });
    return true;
  }

  /** Does something with the files of a state that nobody has open; who opens it meanwhile waits. */
  async #alone<T>(file: string, work: () => Promise<T>): Promise<T> {
    const before = this.#closing.get(file);
    const done = (before ?? Promise.resolve()).catch(ignored).then(work);
    const closing = done.then(ignored, ignored);
    this.#closing.set(file, closing);
    try {
      return await done;
    } finally {
      if (this.#closing.get(file) === closing) this.#closing.delete(file);
    }
  }

  /** Whose state a journal is; undefined when it does not say. */
  async #headOf(file: string): Promise<readonly string[] | undefined> {
    const { platform, files, dir } = this.#init;
    const log = await platform.openAppendLog(files, `${folderOf(dir)}/${file}`);
    try {
      for await (const record of log.records()) {
        const head = readRecord(record);
        return head !== undefined && "agent" in head ? head.agent : undefined;
      }
      return undefined;
    } finally {
      await log.close();
    }
  }

  /** A process has ended: it uses its state no more. */
  async release(pid: Pid): Promise<void> {
    const file = this.#users.get(pid);
    if (file === undefined) return;
    this.#users.delete(pid);
    for (const other of this.#users.values()) if (other === file) return;
    const store = this.#open.get(file);
    if (store !== undefined) await this.#close(file, store);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#users.clear();
    for (const [file, store] of [...this.#open]) void this.#close(file, store);
    await Promise.all(this.#closing.values());
  }

  async #close(file: string, store: StateStore): Promise<void> {
    if (this.#open.get(file) === store) this.#open.delete(file);
    if (store.failed) this.#doubtful.add(file);
    const closing = Promise.all([this.#closing.get(file), store.close()]).then(() => undefined);
    this.#closing.set(file, closing);
    try {
      await closing;
    } finally {
      if (this.#closing.get(file) === closing) this.#closing.delete(file);
    }
  }

  async #use(pid: Pid, names: readonly string[]): Promise<StateStore> {
    if (this.#closed) {
      throw new ProcessNotAcceptingError("the kernel has shut down, so no state is kept", {
        details: { phase: "stopping" },
      });
    }
    const file = fileOf(names);
    this.#users.set(pid, file);
    let store = this.#open.get(file);
    if (store?.failed === true) await this.#close(file, store);
    store = this.#open.get(file) ?? this.#openStore(file, names);
    try {
      await store.ready;
    } catch (error) {
      if (this.#open.get(file) === store) this.#open.delete(file);
      throw error;
    }
    return store;
  }

  #openStore(file: string, names: readonly string[]): StateStore {
    const { platform, files, dir, logger } = this.#init;
    const before = this.#closing.get(file);
    const store = new StateStore(
      {
        platform,
        files,
        journal: `${folderOf(dir)}/${file}`,
        values: valuesOf(dir, file),
        doubtful: this.#doubtful.delete(file),
        free: async () => await before?.catch(() => undefined),
        admit: () => this.#admit(file),
        torn: (bytes) => logger.warn(TORN, { agent: names.join("/"), bytes }),
        gone: () => this.#forget(file),
      },
      names,
    );
    this.#open.set(file, store);
    return store;
  }

  /** Counts a state that is about to be made. */
  async #admit(file: string): Promise<void> {
    const { all, below } = await this.#all();
    if (all.has(file)) return;
    const { maxAgents } = this.#init;
    const top = topOf(file);
    const maxBelow = Math.max(1, Math.floor(maxAgents / 10));
    if (all.size >= maxAgents) throw full(`${maxAgents} agents have a state`, maxAgents);
    if (top !== undefined && (below.get(top) ?? 0) >= maxBelow) {
      throw full(`${maxBelow} agents below the same agent of the kernel have a state`, maxBelow);
    }
    count({ all, below }, file);
  }

  #forget(file: string): void {
    // Whoever made it counted it, so that all are known; what could not be read counted none.
    this.#known?.then((known) => drop(known, file), ignored);
  }

  #all(): Promise<Known> {
    this.#known ??= this.#read().catch((error: unknown) => {
      this.#known = undefined;
      throw error;
    });
    return this.#known;
  }

  async #read(): Promise<Known> {
    const { files, dir } = this.#init;
    const folder = folderOf(dir);
    await files.makeFolder(folder, { mode: 0o700 });
    const known: Known = { all: new Set(), below: new Map() };
    for (const { name } of await files.list(folder)) count(known, name);
    return known;
  }
}

const ignored = (): void => undefined;

function count({ all, below }: Known, file: string): void {
  all.add(file);
  const top = topOf(file);
  if (top !== undefined) below.set(top, (below.get(top) ?? 0) + 1);
}

function drop({ all, below }: Known, file: string): void {
  const top = topOf(file);
  if (all.delete(file) && top !== undefined) below.set(top, (below.get(top) ?? 1) - 1);
}

/** How the files of a state are called. */
function fileOf(names: readonly string[]): string {
  const digest = (of: readonly string[]): string => toHex(shake256(encoder.encode(JSON.stringify(of)), NAME_BYTES));
  return names.length === 1 ? digest(names) : `${digest(names.slice(0, 1))}.${digest(names)}`;
}

/** The topmost agent above a state's own; undefined where that is its own. */
function topOf(file: string): string | undefined {
  const dot = file.indexOf(".");
  return dot < 0 ? undefined : file.slice(0, dot);
}

function full(what: string, max: number): AgentStateFullError {
  return new AgentStateFullError(`${what}, which is the maximum: remove one that is of no use any more`, {
    details: { limit: "agents", max },
  });
}

function inUse(name: string): ProcessInputInvalidError {
  const message = `${name} runs: what it keeps is removed once none of its processes lives`;
  const issue = { path: [], expected: "an agent that does not run", received: "one that runs", message };
  return new ProcessInputInvalidError(message, { details: { issues: [issue] } });
}

function folderOf(dir: string): string {
  return `${dir}/journal/state`;
}

function valuesOf(dir: string, file: string): string {
  return `${dir}/journal/values/${file}`;
}

function keyOf(value: unknown): string {
  if (typeof value === "string" && value.length >= 1 && value.length <= MAX_KEY) return value;
  throw inputInvalid("the key of a state", `text of 1 to ${MAX_KEY} characters`, value);
}

function textOf(value: unknown): string {
  const text = JSON.stringify(plainJson(value, (path, received) => notPlain("the value of a state", path, received)));
  if (Buffer.byteLength(text) <= MAX_VALUE_BYTES) return text;
  throw new AgentStateFullError(`the state of an agent holds at most ${MAX_VALUE_BYTES} bytes in one value`, {
    details: { limit: "value", max: MAX_VALUE_BYTES },
  });
}
