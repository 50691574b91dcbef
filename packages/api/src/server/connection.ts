/**
 * One client of the socket: it proves itself, then calls methods. Whatever it sends, it gets a typed answer or is cut off;
 * it can harm nobody but itself.
 */
import type { Socket } from "node:net";
import {
  type Clock,
  isWeftError,
  type Logger,
  type MethodCaller,
  type MethodTable,
  type Timer,
} from "@weftos/interface";
import {
  AUTH_METHOD,
  CANCEL_METHOD,
  type Incoming,
  MAX_MESSAGE_BYTES,
  type RpcId,
  type RpcResponse,
  readIncoming,
} from "../wire/json-rpc.ts";
import { LineReader, parseLine } from "../wire/line-reader.ts";
import { MessageTooLargeError } from "../wire/message-too-large.ts";
import type { Identity } from "./caller-identity.ts";
import { answerLine, errorAnswer, resultAnswer } from "./rpc-answer.ts";
import {
  ApiBusyError,
  CancelledError,
  InvalidRequestError,
  ParseFailedError,
  UnauthenticatedError,
} from "./server-errors.ts";

const MAX_AUTH_BYTES = 4096;
const AUTH_TIMEOUT_MS = 5000;
const IDLE_TIMEOUT_MS = 600_000;
const MAX_CALLS = 64;
const MAX_BATCH = 64;
/** What may wait for a client that does not read. */
const MAX_UNREAD_BYTES: number = 2 * MAX_MESSAGE_BYTES;

/** What a connection asks of its server. */
export interface ConnectionPorts {
  readonly methods: Pick<MethodTable, "call">;
  /** Tells whose a token is, and who that is at each call. */
  readonly identify: (token: string) => (() => Identity | undefined) | undefined;
  readonly clock: Pick<Clock, "monotonic" | "schedule">;
  readonly logger: Logger;
  readonly onClosed: () => void;
}

interface Running {
  readonly id: RpcId | undefined;
  readonly abort: AbortController;
}

/** A connected client. */
export class Connection {
  readonly #socket: Socket;
  readonly #ports: ConnectionPorts;
  readonly #reader: LineReader = new LineReader(MAX_AUTH_BYTES);
  readonly #running: Set<Running> = new Set();
  /** Who calls, asked with every call; undefined before they proved themselves. */
  #caller: (() => Identity | undefined) | undefined;
  /** Calls that run and answers that are being written. */
  readonly #work: Set<Promise<void>> = new Set();
  #draining = false;
  #timer: Timer;
  #activeAt: number;

  constructor(socket: Socket, ports: ConnectionPorts) {
    this.#socket = socket;
    this.#ports = ports;
    this.#activeAt = ports.clock.monotonic();
    this.#timer = ports.clock.schedule(AUTH_TIMEOUT_MS, () => this.#authExpired(), { background: true });
    socket.on("data", (chunk: Uint8Array) => this.#read(chunk));
    // A reset by the client: `close` follows.
    socket.on("error", () => {});
    socket.on("close", () => this.#closed());
  }

  /** Takes no new calls, waits for those that run, and hangs up; an abort of the signal ends the wait and the calls. */
  async drain(signal: AbortSignal): Promise<void> {
    this.#draining = true;
    if (this.#work.size > 0 && !signal.aborted) {
      const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      await Promise.race([Promise.all(this.#work), aborted]);
    }
    this.#abortAll("the kernel stops");
    if (this.#socket.destroyed) return;
    const closed = new Promise<void>((resolve) => this.#socket.once("close", () => resolve()));
    // Sends what is written, then the end; a client that does not read is cut off by the signal.
    this.#socket.end(() => this.#socket.destroy());
    if (signal.aborted) this.#socket.destroy();
    else signal.addEventListener("abort", () => this.#socket.destroy(), { once: true });
    await closed;
  }

  #read(chunk: Uint8Array): void {
    this.#activeAt = this.#ports.clock.monotonic();
    const fits = this.#reader.push(chunk, (line) => {
      this.#line(line);
      return !this.#socket.destroyed && !this.#socket.writableEnded;
    });
    if (!fits) this.#hangUp(errorAnswer(null, new MessageTooLargeError(this.#reader.limit)));
  }

  #line(line: Uint8Array): void {
    let message: unknown;
    try {
      message = parseLine(line);
    } catch {
      const answer = errorAnswer(null, new ParseFailedError("expected a line of JSON in UTF-8", { details: {} }));
      if (this.#caller !== undefined) this.#send(answer);
      else this.#hangUp(answer);
      return;
    }
    if (this.#caller === undefined) this.#authenticate(readIncoming(message));
    else if (Array.isArray(message)) this.#batch(message);
    else {
      this.#track(
        this.#handle(readIncoming(message)).then((answer) => {
          if (answer !== undefined) this.#send(answer);
        }),
      );
    }
  }

  #authenticate(message: Incoming): void {
    const id = message.kind === "notification" ? null : message.id;
    const isAuth = message.kind === "request" && message.method === AUTH_METHOD;
    const caller = isAuth ? this.#callerOf(message.params) : undefined;
    const identity = caller?.();
    if (caller === undefined || identity === undefined) {
      const expected = `a first request ${AUTH_METHOD} with the token of run/token, or of a principal`;
      this.#hangUp(errorAnswer(id, new UnauthenticatedError(`expected ${expected}`, { details: { expected } })));
      return;
    }
    this.#caller = caller;
    this.#reader.limit = MAX_MESSAGE_BYTES;
    this.#timer.cancel();
    this.#watchIdle(IDLE_TIMEOUT_MS);
    this.#send(resultAnswer(id, { principal: identity.name, role: identity.role }));
  }

  #callerOf(params: unknown): (() => Identity | undefined) | undefined {
    if (typeof params !== "object" || params === null || !("token" in params)) return undefined;
    return typeof params.token === "string" ? this.#ports.identify(params.token) : undefined;
  }

  #batch(messages: readonly unknown[]): void {
    if (messages.length === 0 || messages.length > MAX_BATCH) {
      this.#send(errorAnswer(null, invalidRequest(`a batch of 1 to ${MAX_BATCH} messages`)));
      return;
    }
    this.#track(
      Promise.all(messages.map((message) => this.#handle(readIncoming(message)))).then((answers) => {
        const lines = answers
          .filter((answer) => answer !== undefined)
          .map((answer) => answerLine(answer).subarray(0, -1));
        if (lines.length === 0) return;
        this.#write([OPEN, ...lines.flatMap((line, index) => (index === 0 ? [line] : [COMMA, line])), CLOSE]);
      }),
    );
  }

  #track(work: Promise<void>): void {
    this.#work.add(work);
    void work.finally(() => this.#work.delete(work));
  }

  async #handle(message: Incoming): Promise<RpcResponse | undefined> {
    if (message.kind === "invalid") return errorAnswer(message.id, invalidRequest("a request of JSON-RPC 2.0"));
    const { method, params } = message;
    if (message.kind === "notification" && method === CANCEL_METHOD) {
      this.#cancel(params);
      return undefined;
    }
    const id = message.kind === "request" ? message.id : undefined;
    const refusal = this.#refusal(id);
    if (refusal !== undefined) return id === undefined ? undefined : errorAnswer(id, refusal);
    const running: Running = { id, abort: new AbortController() };
    this.#running.add(running);
    const warnings: string[] = [];
    try {
      const identity = this.#caller?.();
      if (identity === undefined) {
        const expected = "a token that is in force: its principal was revoked, or has a newer one";
        throw new UnauthenticatedError(`expected ${expected}`, { details: { expected } });
      }
      const { name, role } = identity;
      const caller: MethodCaller = {
        subject: { kind: "principal", id: name, role },
        role,
        signal: running.abort.signal,
        onWarnings: (told) => warnings.push(...told),
      };
      const result = await this.#ports.methods.call(method, params, caller);
      return id === undefined ? undefined : resultAnswer(id, result, warnings);
    } catch (error) {
      const shown = this.#shownError(method, error, running.abort.signal);
      return id === undefined ? undefined : errorAnswer(id, shown, warnings);
    } finally {
      this.#running.delete(running);
      this.#activeAt = this.#ports.clock.monotonic();
    }
  }

  #refusal(id: RpcId | undefined): Error | undefined {
    if (this.#draining) {
      return new ApiBusyError("the kernel stops", { details: { limit: 0 }, retryable: true });
    }
    if (this.#running.size >= MAX_CALLS) {
      const message = `expected at most ${MAX_CALLS} calls at once on a connection`;
      return new ApiBusyError(message, { details: { limit: MAX_CALLS }, retryable: true });
    }
    if (id === undefined || ![...this.#running].some((other) => other.id === id)) return undefined;
    return invalidRequest("an id that no running request has");
  }

  #shownError(method: string, error: unknown, signal: AbortSignal): unknown {
    if (signal.aborted && error === signal.reason) return error;
    if (!isWeftError(error)) {
      const { name, message } = error instanceof Error ? error : { name: typeof error, message: "" };
      this.#ports.logger.error("a method failed unforeseen", { method, name, error: message.slice(0, 512) });
    }
    return error;
  }

  #cancel(params: unknown): void {
    if (typeof params !== "object" || params === null || !("id" in params)) return;
    for (const running of this.#running) {
      if (running.id !== undefined && running.id === params.id)
        running.abort.abort(cancelled("its client cancelled it"));
    }
  }

  #abortAll(why: string): void {
    for (const { abort } of this.#running) abort.abort(cancelled(why));
  }

  #send(answer: RpcResponse): void {
    this.#write([answerLine(answer)]);
  }

  #write(parts: readonly Uint8Array[]): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    this.#socket.cork();
    for (const part of parts) this.#socket.write(part);
    this.#socket.uncork();
    if (this.#socket.writableLength > MAX_UNREAD_BYTES) {
      this.#ports.logger.warn("a client that does not read was cut off", { unreadBytes: this.#socket.writableLength });
      this.#socket.destroy();
    }
  }

  #hangUp(answer: RpcResponse): void {
    this.#send(answer);
    this.#socket.end(() => this.#socket.destroy());
  }

  #authExpired(): void {
    const expected = `${AUTH_METHOD} within ${AUTH_TIMEOUT_MS} ms`;
    this.#hangUp(errorAnswer(null, new UnauthenticatedError(`expected ${expected}`, { details: { expected } })));
  }

  #watchIdle(ms: number): void {
    this.#timer = this.#ports.clock.schedule(
      ms,
      () => {
        const idle = this.#running.size > 0 ? 0 : this.#ports.clock.monotonic() - this.#activeAt;
        if (idle >= IDLE_TIMEOUT_MS) this.#socket.end(() => this.#socket.destroy());
        else this.#watchIdle(IDLE_TIMEOUT_MS - idle);
      },
      { background: true },
    );
  }

  #closed(): void {
    this.#timer.cancel();
    this.#abortAll("its client hung up");
    this.#ports.onClosed();
  }
}

const OPEN: Uint8Array = new TextEncoder().encode("[");
const COMMA: Uint8Array = new TextEncoder().encode(",");
const CLOSE: Uint8Array = new TextEncoder().encode("]\n");

function invalidRequest(expected: string): InvalidRequestError {
  return new InvalidRequestError(`expected ${expected}`, { details: {} });
}

function cancelled(why: string): CancelledError {
  return new CancelledError(`the request ended because ${why}`, { details: {} });
}
