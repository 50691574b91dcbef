import { PassThrough, Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { type JsonValue, WeftError } from "@weftos/interface";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { showLive } from "../../../src/view/live-picture.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A terminal that keeps what was drawn last, as lines. */
function terminal(rows: number, columns: number) {
  const written: string[] = [];
  const out = Object.assign(
    new Writable({
      write(chunk, _encoding, done) {
        written.push(String(chunk));
        done();
      },
    }),
    { rows, columns },
  );
  const raw: boolean[] = [];
  const input = Object.assign(new PassThrough(), { setRawMode: (on: boolean) => void raw.push(on) });
  const drawn = (): readonly string[] =>
    stripVTControlCharacters(written.findLast((text) => text.startsWith("\u001b[H")) ?? "").split("\r\n");
  const type = async (keys: string): Promise<void> => {
    input.write(keys);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { out, input, written, raw, drawn, type };
}

const picture = (latest: JsonValue) => ({
  head: [`head ${latest}`, "titles"],
  rows: Array.from({ length: 10 }, (_, row) => `row ${row}`),
});

function shown(screen: ReturnType<typeof terminal>, measure: () => Promise<JsonValue>) {
  const done = showLive({ terminal: screen, everyMs: 1000, measure, picture });
  return { done };
}

describe("a live picture", () => {
  it("is drawn anew every time, over the screen before, until q; then that screen is back", async () => {
    const screen = terminal(24, 80);
    let count = 0;
    const { done } = shown(screen, async () => ++count);
    await vi.advanceTimersByTimeAsync(0);
    expect(screen.drawn()).toEqual(["head 1", "titles", ...picture(1).rows, "q ends"]);
    await vi.advanceTimersByTimeAsync(2000);
    expect(screen.drawn()[0]).toBe("head 3");
    await screen.type("q");
    expect(await done).toBe(true);
    expect(screen.raw).toEqual([true, false]);
    expect(screen.written[0]).toContain("\u001b[?1049h");
    expect(screen.written.at(-1)).toContain("\u001b[?1049l");
    expect([screen.out.listenerCount("resize"), screen.input.listenerCount("data")]).toEqual([0, 0]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each(["\u0003", "\u0004", "xQ"])("ends with %j", async (keys) => {
    const screen = terminal(24, 80);
    const { done } = shown(screen, async () => 1);
    await screen.type(keys);
    expect(await done).toBe(true);
  });

  it("scrolls what does not fit, and no further than it goes", async () => {
    const screen = terminal(6, 60);
    const { done } = shown(screen, async () => 1);
    await vi.advanceTimersByTimeAsync(0);
    const rows = () => screen.drawn().filter((line) => line.startsWith("row"));
    expect(rows()).toEqual(["row 0", "row 1", "row 2"]);
    expect(screen.drawn().at(-1)).toBe("q ends, 1–3 of 10, ↑ ↓ PgUp PgDn scroll");
    await screen.type("\u001b[B\u001b[Bj");
    expect(rows()[0]).toBe("row 3");
    await screen.type("k\u001b[A");
    expect(rows()[0]).toBe("row 1");
    await screen.type("\u001b[6~");
    expect(rows()[0]).toBe("row 3");
    await screen.type("gk\u001b[5~\u001b[6~Gk");
    expect(rows()[0]).toBe("row 6");
    await screen.type("G");
    expect(rows()).toEqual(["row 7", "row 8", "row 9"]);
    await screen.type("\u001b[B");
    expect(rows()[0]).toBe("row 7");
    await screen.type("\u001b[H\u001b[5~");
    expect(rows()[0]).toBe("row 0");
    screen.out.rows = 24;
    screen.out.columns = 5;
    screen.out.emit("resize");
    expect(screen.drawn()).toHaveLength(13);
    expect(screen.drawn()[0]).toBe("head…");
    await screen.type("q");
    await done;
  });

  it("says how long nobody answers, and can be left meanwhile", async () => {
    const screen = terminal(24, 80);
    let answer: (value: JsonValue) => void = () => undefined;
    const { done } = shown(screen, () => new Promise((resolve) => (answer = resolve)));
    await vi.advanceTimersByTimeAsync(3000);
    expect(screen.drawn()).toEqual(["no answer for 2 s, q ends"]);
    answer("late");
    await vi.advanceTimersByTimeAsync(0);
    expect(screen.drawn()[0]).toBe("head late");
    expect(screen.drawn().at(-1)).toBe("q ends");
    await vi.advanceTimersByTimeAsync(2000);
    await screen.type("q");
    expect(await done).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("ends with the kernel, and fails with any other error, the terminal as it was", async () => {
    for (const [code, outcome] of [
      ["API_CONNECTION_LOST", "gone"],
      ["API_FORBIDDEN", "thrown"],
    ] as const) {
      const screen = terminal(24, 80);
      const error = WeftError.fromJSON({ code, message: "no", retryable: false, details: {} });
      const { done } = shown(screen, () => Promise.reject(error));
      const seen = done.then(
        (alive) => (alive ? "alive" : "gone"),
        () => "thrown",
      );
      await vi.advanceTimersByTimeAsync(0);
      expect(await seen).toBe(outcome);
      expect(screen.raw).toEqual([true, false]);
      expect(screen.written.at(-1)).toContain("\u001b[?1049l");
    }
  });
});
