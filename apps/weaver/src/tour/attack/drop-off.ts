/** The place that the planted document wants things sent to, opened by the tour itself on loopback: nothing leaves the machine. */
import { createServer, type Server } from "node:http";

const MAX_RECEIVED_BYTES = 1024 * 1024;

export interface DropOff {
  readonly url: string;
  /** Bytes of each message that came, in their order. */
  readonly received: readonly number[];
  close(): Promise<void>;
}

/** Opens a listener on a free port of 127.0.0.1. */
export async function openDropOff(): Promise<DropOff> {
  const received: number[] = [];
  const server = createServer((request, response) => {
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_RECEIVED_BYTES) request.destroy();
    });
    request.on("end", () => {
      received.push(bytes);
      response.writeHead(204).end();
    });
  });
  server.unref();
  await new Promise<void>((opened, failed) => {
    server.once("error", failed);
    server.listen(0, "127.0.0.1", opened);
  });
  return { url: `http://127.0.0.1:${portOf(server)}/collect`, received, close: async () => await closed(server) };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((done) => server.close(() => done()));
}
