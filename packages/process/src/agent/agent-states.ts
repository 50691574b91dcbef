/**
 * What agents keep from one start to the next. An agent's state is one journal, `journal/state/<32 hex characters>`, and
 * the folder `journal/values/<the same>` when it has longer values: the name is SHAKE-256/128 of the JSON list of names, from its topmost
 * spawner down to its own. It is opened when an agent first asks, and closed when the last process that asked has ended.
 */
import { shake256, toHex } from "@weftos/crypto";
import type { AgentState, Files, Pid, Platform } from "@weftos/interface";
import { inputInvalid } from "../input-invalid.ts";
import { isJson } from "../json-input.ts";
import { AgentStateFullError, ProcessNotAcceptingError } from "../process-errors.ts";
import { MAX_KEY, MAX_VALUE_BYTES } from "./state-record.ts";
import { type StateLimit, StateStore } from "./state-store.ts";

const NAME_BYTES = 16;
const encoder = new TextEncoder();

/** Where states lie, and how many. */
export interface StatesInit {
  readonly platform: Pick<Platform, "openAppendLog">;
  readonly files: Files;
  readonly dir: string;
  /** Most agents with a state. */
  readonly maxAgents: number;
}

export class AgentStates {
  readonly #init: StatesInit;
  readonly #open = new Map<string, StateStore>();
  /** Those that let go of their files, which the next of the same name waits for. */
  readonly #closing = new Map<string, Promise<void>>();
  readonly #users = new Map<Pid, string>();
  #known: Promise<Set<string>> | undefined;
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
    const file = toHex(shake256(encoder.encode(JSON.stringify(names)), NAME_BYTES));
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
    const { platform, files, dir } = this.#init;
    const admit = async (): Promise<void> => {
      await this.#closing.get(file)?.catch(() => undefined);
      await this.#admit(file);
    };
    const places = { journal: `${folderOf(dir)}/${file}`, values: `${dir}/journal/values/${file}` };
    const store = new StateStore({ platform, files, ...places, admit }, names);
    this.#open.set(file, store);
    return store;
  }

  /** Counts a state that is about to be made. */
  async #admit(file: string): Promise<void> {
    const { files, dir, maxAgents } = this.#init;
    const folder = folderOf(dir);
    this.#known ??= (async () => {
      await files.makeFolder(folder, { mode: 0o700 });
      return new Set((await files.list(folder)).map(({ name }) => name));
    })();
    const known = await this.#known;
    if (known.has(file)) return;
    if (known.size >= maxAgents) {
      throw new AgentStateFullError(`${maxAgents} agents have a state, which is the maximum`, {
        details: { limit: "agents", max: maxAgents },
      });
    }
    known.add(file);
  }
}

function folderOf(dir: string): string {
  return `${dir}/journal/state`;
}

function keyOf(value: unknown): string {
  if (typeof value === "string" && value.length >= 1 && value.length <= MAX_KEY) return value;
  throw inputInvalid("the key of a state", `text of 1 to ${MAX_KEY} characters`, value);
}

function textOf(value: unknown): string {
  if (!isJson(value)) throw inputInvalid("the value of a state", "JSON of at most 64 levels", value);
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) <= MAX_VALUE_BYTES) return text;
  throw new AgentStateFullError(`the state of an agent holds at most ${MAX_VALUE_BYTES} bytes in one value`, {
    details: { limit: "value", max: MAX_VALUE_BYTES },
  });
}
