/**
 * Calls the methods of a running daemon. Small on purpose: commands of a second load it before they print a line, so it
 * imports nothing but the words of WeftOS, and Node's sockets on first use.
 */
import type { Socket } from "node:net";
import { type Clock, type Files, isWeftError, type JsonValue, WeftError } from "@weftos/interface";
import { endpointPaths, readEndpoint } from "../wire/endpoint.ts";
import { AUTH_METHOD, CANCEL_METHOD, MAX_MESSAGE_BYTES, type RpcResponse, readResponse } from "../wire/json-rpc.ts";
import { LineReader, parseLine, writeLine } from "../wire/line-reader.ts";
import { MessageTooLargeError } from "../wire/message-too-large.ts";
import { ApiTimeoutError, ConnectionLostError, NoDaemonError } from "./client-errors.ts";

const CONNECT_TIMEOUT_MS = 5000;
const CALL_TIMEOUT_MS = 30_000;

/** Options of {@link connect}. */
export interface ConnectOptions {
  readonly clock: Pick<Clock, "schedule">;
  readonly signal?: AbortSignal | undefined;
  /** How long a daemon may take to let the client in, in milliseconds. @defaultValue 5000 */
  readonly timeoutMs?: number | undefined;
  /** Token of a principal, who calls then. @defaultValue that of the directory, whose owner calls */
  readonly token?: string | undefined;
}

/** Options of a call. */
export interface CallOptions {
  /** Cancels the call in the daemon too. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for the answer, in milliseconds. @defaultValue 30 000 */
  readonly timeoutMs?: number | undefined;
  /** Told what rules want the caller to know, before the call resolves or rejects. */
  readonly onWarnings?: ((warnings: readonly string[]) => void) | undefined;
}

/** A connection to a daemon. */
export interface Client {
  /**
   * Calls a method.
   *
   * @throws the method's own error with its code; `API_TIMEOUT`, `API_CONNECTION_LOST`, `API_MESSAGE_TOO_LARGE`
   */
  call(method: string, params?: JsonValue, options?: CallOptions): Promise<JsonValue>;
  /** Hangs up; calls that run are aborted in the daemon. */
  close(): Promise<void>;
}

/**
 * Connects to the daemon of a state directory.
 *
 * @param files - where the state directory lies
 * @param dir - its absolute path
 * @throws `API_NO_DAEMON` when nobody listens, `API_TIMEOUT` when somebody does and does not answer, `API_UNAUTHENTICATED`
 *   when the token is not the daemon's
 *
 * @example
 * ```ts no-run
 * const client = await connect(platform.files, "/srv/.weftos", { clock: platform.clock });
 * const status = await client.call("kernel.status");
 * await client.close();
 * ```
 */
export async function connect(files: Pick<Files, "read">, dir: string, options: ConnectOptions): Promise<Client> {
  options.signal?.throwIfAborted();
  const endpoint = await readEndpoint(files, dir);
  if (endpoint === undefined) throw noDaemon(dir, "NO_ENDPOINT");
  const token = options.token ?? (await ownToken(files, dir));
  if (token === undefined) throw noDaemon(dir, "NO_TOKEN");
  const { connect: open } = await import("node:net");
  options.signal?.throwIfAborted();
  const timeoutMs = options.timeoutMs ?? CONNECT_TIMEOUT_MS;
  const client = new SocketClient(open(endpoint.socket), options.clock);
  try {
    await client.call(AUTH_METHOD, { token }, { signal: options.signal, timeoutMs });
    return client;
  } catch (error) {
    await client.close();
    // Who hangs up without a word was killed: its socket outlives it for a moment.
    const reason = client.refusal ?? (client.heard ? undefined : "HUNG_UP");
    throw reason !== undefined && isWeftError(error, "API_CONNECTION_LOST") ? noDaemon(dir, reason) : error;
  }
}

async function ownToken(files: Pick<Files, "read">, dir: string): Promise<string | undefined> {
  const bytes = await files.read(endpointPaths(dir).token, { maxBytes: 1024 }).catch(() => undefined);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

function noDaemon(dir: string, reason: string): NoDaemonError {
  return new NoDaemonError(`no daemon runs on ${dir} (${reason})`, { details: { dir, reason } });
}

interface Pending {
  readonly resolve: (result: JsonValue) => void;
  readonly reject: (error: unknown) => void;
  readonly onWarnings: CallOptions["onWarnings"];
}

class SocketClient implements Client {
  readonly #socket: Socket;
  readonly #clock: Pick<Clock, "schedule">;
  readonly #reader: LineReader = new LineReader(MAX_MESSAGE_BYTES);
  readonly #pending: Map<number, Pending> = new Map();
  readonly #closed: Promise<void>;
  #lastId = 0;
  #connected = false;
  #lost: Error | undefined;
  /** Why the system refused the connection, when it was never made. */
  refusal: string | undefined;
  /** Whether the daemon said anything at all. */
  heard = false;

  constructor(socket: Socket, clock: Pick<Clock, "schedule">) {
    this.#socket = socket;
    this.#clock = clock;
    socket.on("connect", () => {
      this.#connected = true;
    });
    socket.on("data", (chunk: Uint8Array) => this.#read(chunk));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (!this.#connected) this.refusal = error.code ?? "UNKNOWN";
    });
    this.#closed = new Promise((resolve) => {
      socket.on("close", () => {
        this.#fail(new ConnectionLostError("the daemon hung up before it answered", { details: {} }));
        resolve();
      });
    });
  }

  async call(method: string, params?: JsonValue, options: CallOptions = {}): Promise<JsonValue> {
    const { signal, timeoutMs = CALL_TIMEOUT_MS, onWarnings } = options;
    signal?.throwIfAborted();
    if (this.#lost !== undefined) throw this.#lost;
    const id = ++this.#lastId;
    const line = writeLine({ jsonrpc: "2.0", id, method, params });
    if (line.length > MAX_MESSAGE_BYTES) throw new MessageTooLargeError(MAX_MESSAGE_BYTES);
    const answer = new Promise<JsonValue>((resolve, reject) => this.#pending.set(id, { resolve, reject, onWarnings }));
    const giveUp = (error: unknown): void => {
      this.#pending.get(id)?.reject(error);
      if (this.#pending.delete(id) && this.#lost === undefined) {
        this.#socket.write(writeLine({ jsonrpc: "2.0", method: CANCEL_METHOD, params: { id } }));
      }
    };
    const onAbort = (): void => giveUp(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    const timer = this.#clock.schedule(timeoutMs, () => {
      const details = { method, timeoutMs };
      giveUp(new ApiTimeoutError(`no answer to ${method} within ${timeoutMs} ms`, { details, retryable: false }));
    });
    this.#socket.write(line);
    try {
      return await answer;
    } finally {
      timer.cancel();
      signal?.removeEventListener("abort", onAbort);
    }
  }

  async close(): Promise<void> {
    this.#fail(new ConnectionLostError("the connection was closed", { details: {} }));
    this.#socket.destroy();
    await this.#closed;
  }

  #read(chunk: Uint8Array): void {
    this.heard = true;
    const fits = this.#reader.push(chunk, (line) => {
      const answer = responseOf(line);
      if (answer === undefined) this.#socket.destroy();
      else this.#settle(answer);
      return !this.#socket.destroyed;
    });
    if (!fits) this.#socket.destroy();
  }

  #settle(answer: RpcResponse): void {
    const error = "error" in answer ? errorOf(answer.error) : undefined;
    if (answer.id === null && error !== undefined) {
      // It speaks of the connection, not of one call.
      this.#fail(error);
      this.#socket.destroy();
      return;
    }
    const pending = typeof answer.id === "number" ? this.#pending.get(answer.id) : undefined;
    if (pending === undefined || typeof answer.id !== "number") return;
    this.#pending.delete(answer.id);
    if (answer.warnings !== undefined && answer.warnings.length > 0) pending.onWarnings?.(answer.warnings);
    if ("result" in answer) pending.resolve(answer.result);
    else pending.reject(error);
  }

  #fail(error: Error): void {
    this.#lost ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#lost);
    this.#pending.clear();
  }
}

function responseOf(line: Uint8Array): RpcResponse | undefined {
  try {
    return readResponse(parseLine(line));
  } catch {
    return undefined;
  }
}

function errorOf({ message, data }: Extract<RpcResponse, { error: unknown }>["error"]): WeftError {
  return WeftError.fromJSON({ code: data.code, message, retryable: data.retryable, details: data.details });
}
