/** Cuts a stream of bytes into lines, holding no more than one line of bounded length. */

const LINE_FEED = 0x0a;

/** Takes chunks as they come and gives whole lines. */
export class LineReader {
  #parts: Uint8Array[] = [];
  #held = 0;
  /** The longest line in bytes, its end not counted. */
  limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  /**
   * Takes a chunk.
   *
   * @param onLine - called with each whole line, in order; false ends the reading
   * @returns false when a line is longer than the limit: the rest of the stream cannot be understood any more
   */
  push(chunk: Uint8Array, onLine: (line: Uint8Array) => boolean): boolean {
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, from);
      const part = chunk.subarray(from, end === -1 ? chunk.length : end);
      if (this.#held + part.length > this.limit) return false;
      if (part.length > 0) this.#parts.push(part);
      this.#held += part.length;
      if (end === -1) return true;
      const line = this.#take();
      if (!onLine(line)) return true;
      from = end + 1;
    }
  }

  #take(): Uint8Array {
    const [first, ...rest] = this.#parts;
    const held = this.#held;
    this.#parts = [];
    this.#held = 0;
    if (first === undefined) return new Uint8Array(0);
    if (rest.length === 0) return first;
    const line = new Uint8Array(held);
    let at = 0;
    for (const part of [first, ...rest]) {
      line.set(part, at);
      at += part.length;
    }
    return line;
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Parses a line as JSON. @throws what the decoder or the parser throws */
export function parseLine(line: Uint8Array): unknown {
  return JSON.parse(decoder.decode(line));
}

/** Writes a message as a line. */
export function writeLine(message: object): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(message)}\n`);
}
