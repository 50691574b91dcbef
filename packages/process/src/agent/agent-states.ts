/**
 * What agents keep from one start to the next. An agent's state is one journal, `journal/state/<32 hex characters>`: the name is
 * SHAKE-256/128 of the JSON list of names, from its topmost spawner down to its own. Records are JSON, UTF-8: first
 * `{"agent": [names]}`, then `{"set": key, "value": …}` or `{"remove": key}`, the newest counts. A journal is opened when an agent
 * first asks, and closed when the last process that asked has ended; while it is open, its values are in memory.
 */
import { shake256, toHex } from "@weftos/crypto";
import type { AgentState, AppendLog, Files, JsonValue, Pid, Platform } from "@weftos/interface";
import { safeParse, z } from "@weftos/schema";
import { inputInvalid } from "../input-invalid.ts";
import { isJson } from "../json-input.ts";
import { AgentStateFullError, AgentStateInvalidError, ProcessNotAcceptingError } from "../process-errors.ts";

const MAX_KEY = 256;
const MAX_KEYS = 1024;
const MAX_VALUE_BYTES = 262_144;
/** Bytes of records that may be outdated before a journal is written anew, besides as many as count. */
const SLACK_BYTES = 262_144;
const NAME_BYTES = 16;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** Where states lie, and their bounds. */
export interface StatesInit {
  readonly platform: Pick<Platform, "openAppendLog">;
  readonly files: Files;
  readonly dir: string;
  /** Most bytes of one state: keys and values as JSON. */
  readonly maxBytes: number;
  /** Most agents with a state. */
  readonly maxAgents: number;
}

export class AgentStates {
  readonly #init: StatesInit;
  readonly #open = new Map<string, Store>();
  readonly #users = new Map<Pid, string>();
  #known: Promise<Set<string>> | undefined;
  #closed = false;

  constructor(init: StatesInit) {
    this.#init = init;
  }

  /** Gives the state of a process. @param names - from its topmost spawner down to its own */
  of(pid: Pid, names: readonly string[]): AgentState {
    const use = async (): Promise<Store> => await this.#use(pid, names);
    return {
      get: async (key) => (await use()).get(keyOf(key)),
      set: async (key, value) => await (await use()).set(keyOf(key), textOf(value)),
      remove: async (key) => await (await use()).remove(keyOf(key)),
      keys: async () => (await use()).keys(),
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
    this.#open.delete(file);
    await store?.close();
  }

  async close(): Promise<void> {
    this.#closed = true;
    const stores = [...this.#open.values()];
    this.#open.clear();
    this.#users.clear();
    await Promise.all(stores.map((store) => store.close()));
  }

  async #use(pid: Pid, names: readonly string[]): Promise<Store> {
    if (this.#closed) {
      throw new ProcessNotAcceptingError("the kernel has shut down, so no state is kept", {
        details: { phase: "stopping" },
      });
    }
    const file = toHex(shake256(encoder.encode(JSON.stringify(names)), NAME_BYTES));
    this.#users.set(pid, file);
    let store = this.#open.get(file);
    if (store?.failed === true) {
      this.#open.delete(file);
      await store.close();
      store = this.#open.get(file);
    }
    if (store === undefined) {
      store = new Store(this.#init, names, file, (made) => this.#admit(made));
      this.#open.set(file, store);
    }
    try {
      await store.ready;
    } catch (error) {
      if (this.#open.get(file) === store) this.#open.delete(file);
      throw error;
    }
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

class Store {
  readonly ready: Promise<void>;
  readonly #init: StatesInit;
  readonly #names: readonly string[];
  readonly #path: string;
  /** Values as JSON text. */
  readonly #values = new Map<string, string>();
  #log: AppendLog | undefined;
  /** Of keys and values as JSON. */
  bytes = 0;
  #written = 0;
  /** After a failure the disk may differ from the memory: it must be read anew. */
  failed = false;

  constructor(init: StatesInit, names: readonly string[], file: string, admit: (file: string) => Promise<void>) {
    this.#init = init;
    this.#names = names;
    this.#path = `${folderOf(init.dir)}/${file}`;
    this.ready = this.#load(file, admit);
  }

  get(key: string): JsonValue | undefined {
    const text = this.#values.get(key);
    return text === undefined ? undefined : (JSON.parse(text) as JsonValue);
  }

  keys(): readonly string[] {
    return [...this.#values.keys()].sort();
  }

  async set(key: string, text: string): Promise<void> {
    const before = this.#values.get(key);
    const bytes = this.bytes - sizeOf(key, before) + sizeOf(key, text);
    if (bytes > this.#init.maxBytes) throw full("bytes", this.#init.maxBytes);
    if (before === undefined && this.#values.size >= MAX_KEYS) throw full("keys", MAX_KEYS);
    this.bytes = bytes;
    this.#values.set(key, text);
    await this.#write(setRecord(key, text));
  }

  async remove(key: string): Promise<boolean> {
    const before = this.#values.get(key);
    if (before === undefined) return false;
    this.bytes -= sizeOf(key, before);
    this.#values.delete(key);
    await this.#write(encoder.encode(JSON.stringify({ remove: key })));
    return true;
  }

  async close(): Promise<void> {
    await this.ready.catch(() => undefined);
    const log = this.#log;
    this.#log = undefined;
    await log?.close();
  }

  async #load(file: string, admit: (file: string) => Promise<void>): Promise<void> {
    const { platform, files } = this.#init;
    await admit(file);
    const log = await platform.openAppendLog(files, this.#path);
    try {
      let index = 0;
      for await (const record of log.records()) {
        this.#replay(record, index);
        index += 1;
      }
      if (index === 0) await log.append(this.#head());
    } catch (error) {
      await log.close();
      throw error;
    }
    this.#log = log;
  }

  #replay(record: Uint8Array, index: number): void {
    this.#written += record.length;
    const read = readRecord(record);
    if (read === undefined || (index === 0) !== "agent" in read) {
      const message = `record ${index} of ${this.#path} is not what this version writes there`;
      throw new AgentStateInvalidError(message, { details: { file: this.#path, record: index } });
    }
    if ("set" in read) {
      const text = JSON.stringify(read.value);
      this.bytes += sizeOf(read.set, text) - sizeOf(read.set, this.#values.get(read.set));
      this.#values.set(read.set, text);
    } else if ("remove" in read) {
      this.bytes -= sizeOf(read.remove, this.#values.get(read.remove));
      this.#values.delete(read.remove);
    }
  }

  async #write(record: Uint8Array): Promise<void> {
    const log = this.#log;
    if (log === undefined) {
      throw new ProcessNotAcceptingError("the process has ended, so its state is closed", {
        details: { phase: "exited" },
      });
    }
    try {
      this.#written += record.length;
      if (this.#written > 2 * this.bytes + SLACK_BYTES) {
        const records = [this.#head(), ...Array.from(this.#values, ([key, text]) => setRecord(key, text))];
        this.#written = records.reduce((sum, { length }) => sum + length, 0);
        await log.rewrite(records);
      } else {
        await log.append(record);
      }
    } catch (error) {
      this.failed = true;
      throw error;
    }
  }

  #head(): Uint8Array {
    return encoder.encode(JSON.stringify({ agent: this.#names }));
  }
}

const key = z.string().check(z.minLength(1), z.maxLength(MAX_KEY));
const recordSchema = z.lazy(() =>
  z.union([
    z.strictObject({ agent: z.array(z.string()) }),
    z.strictObject({ set: key, value: z.unknown() }),
    z.strictObject({ remove: key }),
  ]),
);

function readRecord(record: Uint8Array): z.infer<typeof recordSchema> | undefined {
  try {
    const read = safeParse(recordSchema, JSON.parse(decoder.decode(record)), "a record");
    return read.ok ? read.value : undefined;
  } catch {
    return undefined;
  }
}

function folderOf(dir: string): string {
  return `${dir}/journal/state`;
}

function setRecord(setKey: string, text: string): Uint8Array {
  return encoder.encode(`{"set":${JSON.stringify(setKey)},"value":${text}}`);
}

function sizeOf(ofKey: string, text: string | undefined): number {
  return text === undefined ? 0 : Buffer.byteLength(ofKey) + Buffer.byteLength(text);
}

function keyOf(value: unknown): string {
  if (typeof value === "string" && value.length >= 1 && value.length <= MAX_KEY) return value;
  throw inputInvalid("the key of a state", `text of 1 to ${MAX_KEY} characters`, value);
}

function textOf(value: unknown): string {
  if (!isJson(value)) throw inputInvalid("the value of a state", "JSON of at most 64 levels", value);
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) > MAX_VALUE_BYTES) throw full("value", MAX_VALUE_BYTES);
  return text;
}

function full(limit: "bytes" | "keys" | "value", max: number): AgentStateFullError {
  const what = { bytes: "bytes in one state", keys: "keys in one state", value: "bytes in one value" }[limit];
  return new AgentStateFullError(`the state of an agent holds at most ${max} ${what}`, { details: { limit, max } });
}
