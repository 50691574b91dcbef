/** A server over a table of test methods, on a real socket in a fresh folder. */
import { mkdtemp, rm } from "node:fs/promises";
import { connect as open, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type FeatureContext,
  type JsonValue,
  type Logger,
  type MethodCaller,
  type MethodTable,
  methodTable,
  type Principals,
  WeftError,
} from "@weftos/interface";
import { nodePlatform } from "@weftos/platform";
import { type ManualClock, manualClock } from "@weftos/testkit";
import { api } from "../../src/index.ts";

class UnknownMethodError extends WeftError<{ readonly method: string }> {
  override readonly code = "API_METHOD_NOT_FOUND";
}

class NotReadyError extends WeftError {
  override readonly code = "PORT_NOT_READY";
}

/** What a running call of `wait` offers to the test. */
export interface Waiting {
  readonly caller: MethodCaller;
  finish(value: JsonValue): void;
}

export interface Serving {
  readonly dir: string;
  readonly clock: ManualClock;
  readonly files: FeatureContext["files"];
  readonly waiting: Waiting[];
  readonly logged: string[];
  readonly socket: string;
  readonly connections: () => number;
  stop(signal?: AbortSignal): Promise<void>;
  dispose(): Promise<void>;
}

/** Starts a server; `nested` makes the state directory's path longer than a socket's may be. */
export async function serving(
  init: {
    readonly nested?: boolean;
    readonly persistent?: boolean;
    readonly root?: string;
    readonly principals?: Pick<Principals, "owner" | "list" | "find" | "byToken">;
  } = {},
): Promise<Serving> {
  const platform = nodePlatform();
  const root = init.root ?? (await mkdtemp(join(tmpdir(), "weft-api-")));
  const dir = init.nested === true ? join(root, "n".repeat(100)) : root;
  const clock = manualClock();
  const waiting: Waiting[] = [];
  const logged: string[] = [];
  const write = (message: string): void => void logged.push(message);
  const logger: Logger = { trace: write, debug: write, info: write, warn: write, error: write, enabled: () => true };
  const table: MethodTable = {
    list: () => [],
    find: () => undefined,
    async call(name, input, caller) {
      switch (name) {
        case "echo":
          return {
            input: (input ?? null) as JsonValue,
            subject: { ...caller.subject } as JsonValue,
            role: caller.role,
          };
        case "warn":
          caller.onWarnings?.(["R-1: mind this", "R-2: and that"]);
          if ((input as { fail?: boolean } | undefined)?.fail === true)
            throw new UnknownMethodError("it failed", { details: { method: name } });
          return { done: true };
        case "break":
          throw new Error("secret=hunter2");
        case "large":
          return "x".repeat(15 * 1024 * 1024);
        case "huge":
          return "x".repeat(17 * 1024 * 1024);
        case "wait":
          return await new Promise((resolve, reject) => {
            caller.signal.addEventListener("abort", () => reject(caller.signal.reason), { once: true });
            waiting.push({ caller, finish: resolve });
          });
        default:
          throw new UnknownMethodError(`no method ${name}`, { details: { method: name } });
      }
    },
  };
  const files = init.persistent === false ? platform.memoryFiles() : platform.files;
  const context = {
    clock,
    logger,
    random: platform.random,
    platform,
    files,
    dir,
    persistent: init.persistent ?? true,
    need: (port: unknown) => {
      if (port !== methodTable) throw new Error("only the method table is there");
      return table;
    },
    use: () => () => {
      if (init.principals !== undefined) return init.principals;
      throw new NotReadyError("nobody knows people here", { details: {} });
    },
    report: (_phase: string, message: string) => write(message),
  };
  const instance = api().create(context as unknown as FeatureContext);
  await instance.start?.(new AbortController().signal);
  const stop = async (signal?: AbortSignal): Promise<void> =>
    await instance.stop?.(signal ?? new AbortController().signal);
  return {
    dir,
    clock,
    files,
    waiting,
    logged,
    socket: instance.api.socket ?? "",
    connections: () => instance.api.connections,
    stop,
    async dispose() {
      const at = new AbortController();
      at.abort();
      await stop(at.signal);
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** A client that sends bytes as the test says, and reads lines. */
export class RawClient {
  readonly socket: Socket;
  readonly lines: unknown[] = [];
  readonly closed: Promise<void>;
  #text = "";
  #wake: () => void = () => {};

  constructor(path: string) {
    this.socket = open(path);
    this.socket.on("error", () => {});
    this.socket.on("data", (chunk) => {
      const parts = (this.#text + chunk.toString()).split("\n");
      this.#text = parts.pop() ?? "";
      this.lines.push(...parts.map((part) => JSON.parse(part) as unknown));
      this.#wake();
    });
    this.closed = new Promise((resolve) =>
      this.socket.on("close", () => {
        resolve();
        this.#wake();
      }),
    );
  }

  send(message: unknown): void {
    this.socket.write(
      typeof message === "string" || message instanceof Uint8Array ? message : `${JSON.stringify(message)}\n`,
    );
  }

  /** Waits for the line of this index; undefined when the server hangs up before. */
  async line(index: number): Promise<Record<string, unknown> | undefined> {
    while (this.lines.length <= index && !this.socket.destroyed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.lines[index] as Record<string, unknown> | undefined;
  }
}

/** Connects and proves itself. */
export async function rawClient(at: Serving): Promise<RawClient> {
  const token = new TextDecoder().decode(await at.files.read(`${at.dir}/run/token`));
  const client = new RawClient(at.socket);
  client.send({ jsonrpc: "2.0", id: "auth", method: "auth", params: { token } });
  await client.line(0);
  return client;
}

/** The code of the WeftError in an answer. */
export function codeOf(answer: Record<string, unknown> | undefined): unknown {
  return (answer?.error as { data?: { code?: unknown } } | undefined)?.data?.code;
}
