/** Listens on a local socket and serves each client that comes, up to a bound. */
import { createServer, type Server, type Socket } from "node:net";
import { toHex } from "@weftos/crypto";
import type { Clock, Logger, MethodTable, Principals, Random } from "@weftos/interface";
import { type Endpoint, endpointPaths } from "../wire/endpoint.ts";
import { identify } from "./caller-identity.ts";
import { Connection } from "./connection.ts";
import { type PlacePorts, placeSocket, type SocketPlace } from "./place-socket.ts";
import { answerLine, errorAnswer } from "./rpc-answer.ts";
import { ApiBusyError, ListenFailedError } from "./server-errors.ts";

const MAX_CONNECTIONS = 64;
const DRAIN_MS = 5000;

/** What the server asks of the kernel. */
export interface ServerPorts extends PlacePorts {
  readonly methods: Pick<MethodTable, "call">;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly processId: number;
  /** Who is known by a token; undefined where no feature knows people. */
  readonly principals: () => Pick<Principals, "owner" | "list" | "find" | "byToken"> | undefined;
}

/** A listening server. */
export class SocketServer {
  readonly #ports: ServerPorts;
  readonly #connections: Set<Connection> = new Set();
  readonly #server: Server;
  readonly #token: Uint8Array;
  #place: SocketPlace | undefined;

  constructor(ports: ServerPorts) {
    this.#ports = ports;
    this.#token = new TextEncoder().encode(toHex(ports.random.bytes(32)));
    this.#server = createServer((socket) => this.#accept(socket));
  }

  get socket(): string | undefined {
    return this.#place?.socket;
  }

  get connections(): number {
    return this.#connections.size;
  }

  /**
   * Writes the token, listens, then tells where: who reads `run/endpoint.json` finds an open door and the right key.
   *
   * @throws `API_LISTEN_FAILED`
   */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { files, dir, processId } = this.#ports;
    const paths = endpointPaths(dir);
    const place = await placeSocket(this.#ports);
    this.#place = place;
    await files.writeAtomic(paths.token, this.#token, { mode: 0o600 });
    await this.#listen(place.socket);
    const endpoint: Endpoint = { version: 1, socket: place.socket, pid: processId };
    await files.writeAtomic(paths.endpoint, new TextEncoder().encode(`${JSON.stringify(endpoint)}\n`), { mode: 0o600 });
  }

  /** Takes no more clients, lets running calls end within 5 s, hangs up, and removes what `start` made. */
  async stop(signal: AbortSignal): Promise<void> {
    const { files, dir, machine, clock } = this.#ports;
    const paths = endpointPaths(dir);
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const late = new AbortController();
    const timer = clock.schedule(DRAIN_MS, () => late.abort());
    const limit = AbortSignal.any([signal, late.signal]);
    const drained = Promise.all([...this.#connections].map((connection) => connection.drain(limit)));
    await files.remove(paths.endpoint).catch(() => undefined);
    await drained;
    timer.cancel();
    await closed;
    await files.remove(paths.token).catch(() => undefined);
    const folder = this.#place?.ownFolder;
    if (folder !== undefined) await machine.remove(folder, { recursive: true }).catch(() => undefined);
    this.#place = undefined;
  }

  async #listen(path: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (error: NodeJS.ErrnoException) => {
        const reason = error.code ?? "UNKNOWN";
        reject(new ListenFailedError(`the socket cannot be opened: ${reason}`, { details: { reason }, cause: error }));
      });
      this.#server.listen(path, () => resolve());
    });
    this.#server.on("error", (error: NodeJS.ErrnoException) => {
      this.#ports.logger.error("the socket failed", { error: error.code ?? "UNKNOWN" });
    });
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= MAX_CONNECTIONS) {
      const message = `expected at most ${MAX_CONNECTIONS} connections`;
      const busy = new ApiBusyError(message, { details: { limit: MAX_CONNECTIONS }, retryable: true });
      socket.on("error", () => {});
      socket.end(answerLine(errorAnswer(null, busy)), () => socket.destroy());
      return;
    }
    const { methods, clock, logger, principals } = this.#ports;
    const connection: Connection = new Connection(socket, {
      methods,
      identify: (token) => identify(token, this.#token, principals()),
      clock,
      logger,
      onClosed: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
  }
}
