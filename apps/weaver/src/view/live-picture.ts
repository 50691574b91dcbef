/**
 * Shows pictures in a terminal, each written over the one before, line by line, so that nothing flickers; the screen before comes
 * back at the end. What does not fit is scrolled; what does not answer is told, and can always be left.
 */
import { isWeftError, type JsonValue } from "@weftos/interface";
import type { Picture } from "./agent-top.ts";
import { cutLine } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const ESCAPE = "\u001b";
const ENTER = "\u001b[?1049h\u001b[?25l";
const LEAVE = "\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const CLEAR_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";

/** In raw mode keys come as bytes, several at once when one is held. */
const KEY = new RegExp(`${ESCAPE}[[O][\\d;]*[A-Za-z~]|.`, "gs");
/** `q`, Ctrl-C, Ctrl-D. */
const ends = new Set(["q", "Q", "\u0003", "\u0004"]);
/** How far a key scrolls: so many lines, so many pages, or to an end. */
const moves: Readonly<Record<string, (at: number, page: number) => number>> = {
  "\u001b[A": (at) => at - 1,
  k: (at) => at - 1,
  "\u001b[B": (at) => at + 1,
  j: (at) => at + 1,
  "\u001b[5~": (at, page) => at - page,
  "\u001b[6~": (at, page) => at + page,
  " ": (at, page) => at + page,
  "\u001b[H": () => 0,
  g: () => 0,
  "\u001b[F": () => Number.MAX_SAFE_INTEGER,
  G: () => Number.MAX_SAFE_INTEGER,
};

/** What of `process.stdout` and `stdin` a live picture needs. */
interface Screen {
  readonly rows?: number;
  readonly columns?: number;
}
interface Keys {
  setRawMode?(raw: boolean): void;
}

/** What is shown, and how often. */
export interface LiveInit {
  readonly terminal: Pick<Terminal, "out" | "input">;
  readonly everyMs: number;
  readonly measure: () => Promise<JsonValue>;
  readonly picture: (latest: JsonValue, before: JsonValue | undefined, width: number) => Picture;
}

/**
 * Shows pictures until `q`, Ctrl-C or a signal.
 *
 * @returns false when it ended because the kernel did
 * @throws what a measurement throws, but for those that come too late
 */
export async function showLive({ terminal: { out, input }, everyMs, measure, picture }: LiveInit): Promise<boolean> {
  const screen = out as Screen;
  const keys = input as typeof input & Keys;
  const ending = new AbortController();
  const end = (): void => ending.abort();
  let before: JsonValue | undefined;
  let latest: JsonValue | undefined;
  let at = 0;
  /** How far it can be scrolled. */
  let most = 0;
  let silentMs = 0;
  const draw = (): void => {
    const rows = screen.rows || 24;
    const columns = screen.columns || 80;
    const drawn = latest === undefined ? { head: [], rows: [] } : picture(latest, before, columns);
    const room = Math.max(1, rows - drawn.head.length - 1);
    most = Math.max(0, drawn.rows.length - room);
    at = Math.min(at, most);
    const lines = [...drawn.head, ...drawn.rows.slice(at, at + room)].slice(0, rows - 1);
    const foot = footOf(drawn.rows.length, at, room, silentMs);
    const text = [...lines, foot].map((line) => `${cutLine(line, columns)}${CLEAR_LINE}`).join("\r\n");
    out.write(HOME + text + CLEAR_BELOW);
  };
  const onKeys = (typed: Buffer | string): void => {
    for (const [key] of String(typed).matchAll(KEY)) {
      if (ends.has(key)) {
        end();
        return;
      }
      const to = moves[key]?.(at, Math.max(1, (screen.rows ?? 24) - 4)) ?? at;
      at = Math.max(0, Math.min(to, most));
    }
    draw();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  keys.setRawMode?.(true);
  input.on("data", onKeys);
  input.resume();
  for (const signal of signals) process.once(signal, end);
  out.on("resize", draw);
  out.write(ENTER);
  try {
    while (!ending.signal.aborted) {
      const asked = measure();
      for (silentMs = 0; ; silentMs += everyMs) {
        const answer = await inTime(asked, everyMs, ending.signal);
        if (ending.signal.aborted) return true;
        if (answer !== undefined) {
          before = latest;
          latest = answer;
          silentMs = 0;
        }
        draw();
        if (answer !== undefined) break;
      }
      await inTime(undefined, everyMs, ending.signal);
    }
    return true;
  } catch (error) {
    if (!isWeftError(error, "API_CONNECTION_LOST") && !isWeftError(error, "API_CANCELLED")) throw error;
    return false;
  } finally {
    out.write(LEAVE);
    out.removeListener("resize", draw);
    input.removeListener("data", onKeys);
    keys.setRawMode?.(false);
    input.pause();
    for (const signal of signals) process.removeListener(signal, end);
  }
}

function footOf(rows: number, at: number, room: number, silentMs: number): string {
  const silent = silentMs > 0 ? `no answer for ${Math.round(silentMs / 1000)} s, ` : "";
  const shown = rows > room ? `, ${at + 1}–${Math.min(at + room, rows)} of ${rows}, ↑ ↓ PgUp PgDn scroll` : "";
  return `${silent}q ends${shown}`;
}

/** Gives what is waited for; undefined when the time is over or the signal aborts before. */
async function inTime<T>(work: Promise<T> | undefined, ms: number, signal: AbortSignal): Promise<T | undefined> {
  let over: () => void = () => undefined;
  const late = new Promise<undefined>((resolve) => {
    over = () => resolve(undefined);
  });
  const timer = setTimeout(over, ms);
  signal.addEventListener("abort", over, { once: true });
  if (signal.aborted) over();
  try {
    return await Promise.race(work === undefined ? [late] : [work, late]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", over);
  }
}
