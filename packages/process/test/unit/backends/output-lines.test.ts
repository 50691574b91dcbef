import { PassThrough } from "node:stream";
import { manualClock } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { type OutputLine, OutputLines } from "../../../src/backends/output-lines.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function output() {
  const stream = new PassThrough({ highWaterMark: 16_384 });
  const clock = manualClock();
  const lines: OutputLine[] = [];
  const made = new OutputLines(stream, clock, (line) => lines.push(line));
  return { stream, clock, lines, made };
}

describe("what an agent writes to its output", () => {
  it("is told line by line, however it comes, and its last line when it ends", async () => {
    const { stream, lines } = output();
    const text = Buffer.from("one\r\ntwo ä\n\nthree");
    for (const byte of text) stream.write(Buffer.from([byte]));
    await turn();
    expect(lines).toEqual([{ line: "one" }, { line: "two ä" }, { line: "" }]);
    stream.end();
    await turn();
    expect(lines.at(-1)).toEqual({ line: "three" });
  });

  it("is cut where a line is too long, and says how much", async () => {
    const { stream, lines } = output();
    for (let piece = 0; piece < 3; piece += 1) stream.write("x".repeat(5000));
    stream.write("\nnext\n");
    await turn();
    expect(lines.map(({ line, cutBytes }) => [line.length, cutBytes])).toEqual([
      [8192, 15_000 - 8192],
      [4, undefined],
    ]);
  });

  it("is not read on beyond a thousand lines a second, and then goes on", async () => {
    const { stream, clock, lines } = output();
    for (let line = 0; line < 1000; line += 1) stream.write(`${line}\n`);
    await turn();
    expect([lines.length, stream.isPaused()]).toEqual([1000, true]);
    stream.write("later\n");
    await turn();
    expect(lines.length).toBe(1000);
    await clock.advance(1000);
    await turn();
    expect([lines.at(-1), stream.isPaused()]).toEqual([{ line: "later" }, false]);
  });

  it("drops and counts what comes in one piece beyond them", async () => {
    const { stream, clock, lines } = output();
    stream.write("a\n".repeat(1500));
    await turn();
    expect(lines.length).toBe(1000);
    await clock.advance(1000);
    stream.write("b\n");
    await turn();
    expect(lines.at(-1)).toEqual({ line: "b", linesDroppedBefore: 500 });
  });

  it("is not read on beyond a megabyte a second", async () => {
    const { stream, lines } = output();
    stream.write(Buffer.alloc(1_048_576, 0x78));
    await turn();
    expect([lines.length, stream.isPaused()]).toEqual([0, true]);
  });

  it("is read to its end without waiting when its writer is gone", async () => {
    const { stream, lines, made } = output();
    for (let line = 0; line < 1000; line += 1) stream.write("x\n");
    await turn();
    stream.write("last words");
    made.drain();
    stream.end();
    await turn();
    expect(stream.readableEnded).toBe(true);
    expect(lines.length).toBe(1000);
  });

  it("harms nobody when its pipe breaks", async () => {
    const { stream, lines } = output();
    stream.write("before\n");
    await turn();
    stream.destroy(new Error("broken"));
    await turn();
    expect(lines).toEqual([{ line: "before" }]);
  });
});
