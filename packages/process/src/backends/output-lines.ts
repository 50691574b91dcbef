/**
 * What an agent writes to its standard output and error, line by line, and bounded: a line is cut at 8192 bytes; beyond
 * 1000 lines or 1 MiB in a second the stream is not read on before the second is over, so that its writer waits, and what
 * came beyond them in one piece is dropped and counted.
 */
import type { Readable } from "node:stream";
import type { Clock } from "@weftos/interface";

const MAX_LINE_BYTES = 8192;
const MAX_LINES = 1000;
const MAX_BYTES = 1_048_576;
const PERIOD_MS = 1000;
const NEWLINE = 10;

/** A line as the log gets it. */
export type OutputLine = {
  readonly line: string;
  /** Bytes that were cut off its end; absent when none were. */
  readonly cutBytes?: number;
  /** Lines before it that were dropped; absent when none were. */
  readonly linesDroppedBefore?: number;
};

export class OutputLines {
  readonly #stream: Readable;
  readonly #clock: Pick<Clock, "monotonic" | "schedule">;
  readonly #tell: (line: OutputLine) => void;
  #parts: Buffer[] = [];
  #kept = 0;
  #cut = 0;
  #dropped = 0;
  #since: number;
  #lines = 0;
  #bytes = 0;
  #paused: { cancel(): void } | undefined;
  #draining = false;

  /** Reads lines from a stream until it ends. */
  constructor(stream: Readable, clock: Pick<Clock, "monotonic" | "schedule">, tell: (line: OutputLine) => void) {
    this.#stream = stream;
    this.#clock = clock;
    this.#tell = tell;
    this.#since = clock.monotonic();
    stream.on("data", (chunk: Buffer) => this.#take(chunk));
    stream.once("end", () => {
      if (this.#kept > 0) this.#flush();
    });
    // A pipe whose other end was killed may break: what came before it was told.
    stream.on("error", () => undefined);
  }

  /** Its writer is gone: reads what is left without pausing, which a pipe bounds. */
  drain(): void {
    this.#draining = true;
    this.#paused?.cancel();
    this.#paused = undefined;
    this.#stream.resume();
  }

  #take(chunk: Buffer): void {
    const now = this.#clock.monotonic();
    if (now - this.#since >= PERIOD_MS) {
      this.#since = now;
      this.#lines = 0;
      this.#bytes = 0;
    }
    this.#bytes += chunk.length;
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      this.#keep(chunk.subarray(from, end));
      this.#flush();
      from = end + 1;
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from));
    const much = this.#lines >= MAX_LINES || this.#bytes >= MAX_BYTES;
    if (much && !this.#draining && this.#paused === undefined) this.#pause(PERIOD_MS - (now - this.#since));
  }

  #pause(ms: number): void {
    this.#stream.pause();
    const goOn = (): void => {
      this.#paused = undefined;
      this.#stream.resume();
    };
    this.#paused = this.#clock.schedule(ms, goOn, { background: true });
  }

  #keep(part: Buffer): void {
    const room = Math.min(part.length, MAX_LINE_BYTES - this.#kept);
    // A copy: a slice would keep the whole chunk.
    if (room > 0) this.#parts.push(Buffer.from(part.subarray(0, room)));
    this.#kept += room;
    this.#cut += part.length - room;
  }

  #flush(): void {
    const line = Buffer.concat(this.#parts).toString("utf8").replace(/\r$/, "");
    const cut = this.#cut;
    this.#parts = [];
    this.#kept = 0;
    this.#cut = 0;
    this.#lines += 1;
    if (this.#lines > MAX_LINES) {
      this.#dropped += 1;
      return;
    }
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.#tell({
      line,
      ...(cut === 0 ? {} : { cutBytes: cut }),
      ...(dropped === 0 ? {} : { linesDroppedBefore: dropped }),
    });
  }
}
