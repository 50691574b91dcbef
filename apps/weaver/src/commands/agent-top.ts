/**
 * Watches agents in a terminal: each picture is written over the one before, line by line, so that nothing flickers; the screen
 * before comes back at the end. Where no terminal is, one picture is printed.
 */
import { isWeftError, type JsonValue } from "@weftos/interface";
import { numberOption } from "../arguments/values.ts";
import { EXIT_OK } from "../failure/exit-code.ts";
import { openDaemon } from "../kernel-access/open-daemon.ts";
import { typedOn } from "../kernel-access/typed-on.ts";
import { topText } from "../view/agent-top.ts";
import { styleFor } from "../view/style.ts";
import { cutLine } from "../view/table.ts";
import type { Invocation } from "./command.ts";

const DEFAULT_INTERVAL_S = 2;
const ENTER = "\u001b[?1049h\u001b[?25l";
const LEAVE = "\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const CLEAR_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";

/** `q`, Ctrl-C, Ctrl-D: in raw mode they come as bytes. */
const ENDS = ["q", "Q", "\u0003", "\u0004"];

/** What of `process.stdout` and `stdin` a live picture needs. */
interface Screen {
  readonly rows?: number;
  readonly columns?: number;
}
interface Keys {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): void;
}

/** Shows pictures until `q`, Ctrl-C or the kernel's end. */
export async function run(invocation: Invocation): Promise<number> {
  const { values, terminal, json, dir } = invocation;
  const everyMs = 1000 * (numberOption(values, "interval", 1, 60) ?? DEFAULT_INTERVAL_S);
  const daemon = await openDaemon(dir).catch(async (error: unknown) => {
    if (!isWeftError(error, "API_NO_DAEMON")) throw error;
    const { noDaemonError } = await import("../kernel-access/no-daemon.ts");
    throw await noDaemonError(dir, typedOn(invocation));
  });
  const measure = (): Promise<JsonValue> => daemon.call("agent.top", {});
  try {
    if (values.once === true || json || !terminal.isInteractive) {
      const result = await measure();
      const text = json
        ? JSON.stringify(result, null, 2)
        : topText(result, undefined, { style: styleFor(terminal), now: Date.now() });
      terminal.out.write(`${text}\n`);
      return EXIT_OK;
    }
    return await watch(invocation, measure, everyMs);
  } finally {
    await daemon.close();
  }
}

async function watch({ terminal }: Invocation, measure: () => Promise<JsonValue>, everyMs: number): Promise<number> {
  const { out, err, input } = terminal;
  const keys = input as typeof input & Keys;
  const ending = new AbortController();
  const onKey = (key: Buffer | string): void => {
    if (ENDS.some((end) => String(key).includes(end))) ending.abort();
  };
  const end = (): void => ending.abort();
  let wake: () => void = () => undefined;
  let before: JsonValue | undefined;
  let latest: JsonValue | undefined;
  const draw = (): void => {
    if (latest !== undefined)
      out.write(picture(topText(latest, before, { style: styleFor(terminal), now: Date.now() }), out as Screen));
  };
  keys.setRawMode?.(true);
  input.on("data", onKey);
  input.resume();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, end);
  out.on("resize", draw);
  ending.signal.addEventListener("abort", () => wake(), { once: true });
  out.write(ENTER);
  let lost = false;
  try {
    while (!ending.signal.aborted) {
      before = latest;
      latest = await measure();
      draw();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, everyMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (ending.signal.aborted) wake();
      });
    }
  } catch (error) {
    if (!isWeftError(error, "API_CONNECTION_LOST") && !isWeftError(error, "API_CANCELLED")) throw error;
    lost = true;
  } finally {
    out.write(LEAVE);
    out.removeListener("resize", draw);
    input.removeListener("data", onKey);
    keys.setRawMode?.(false);
    input.pause();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.removeListener(signal, end);
  }
  if (lost) err.write("the kernel has ended\n");
  return EXIT_OK;
}

/** Writes over what is there: each line to its end, then what is left below. */
function picture(text: string, { rows = 24, columns = 80 }: Screen): string {
  const all = text.split("\n");
  const left = all.length - (rows - 1);
  const lines = [...all.slice(0, rows - 1), left > 0 ? `${left} more below, q ends` : "q ends"].slice(0, rows);
  return HOME + lines.map((line) => `${cutLine(line, columns)}${CLEAR_LINE}`).join("\r\n") + CLEAR_BELOW;
}
