/**
 * Shows what a daemon goes on telling: asks, prints, and asks again from where the answer ended. A new question is put when
 * the answer before is written, so a slow terminal slows nobody but itself.
 */
import { isWeftError, type JsonObject, type JsonValue } from "@weftos/interface";
import type { Follow, Invocation, MethodCommand, PrepareAccess } from "../commands/command.ts";
import { EXIT_OK } from "../failure/exit-code.ts";
import { hangAll } from "../view/fold.ts";
import { styleFor } from "../view/style.ts";
import { showWarnings } from "../view/warnings.ts";
import { openDaemon } from "./open-daemon.ts";
import { typedOn } from "./typed-on.ts";

const ANSWER_TIMEOUT_MS = 30_000;

/** Follows until the daemon hangs up, which is no failure, or the program is interrupted. */
export async function followMethod(
  { method, prepare }: MethodCommand,
  follow: Follow,
  first: JsonObject,
  invocation: Invocation,
): Promise<number> {
  const { dir, terminal, workingFolder, values } = invocation;
  const daemon = await openDaemon(dir).catch(async (error: unknown) => {
    if (!isWeftError(error, "API_NO_DAEMON")) throw error;
    const { noDaemonError } = await import("./no-daemon.ts");
    throw await noDaemonError(dir, typedOn(invocation));
  });
  const print = await printer(follow, invocation);
  try {
    const call: PrepareAccess["call"] = (name, input) => daemon.call(name, input, { timeoutMs: ANSWER_TIMEOUT_MS });
    const access = { call, dir, workingFolder, values, warn: (warning: string) => showWarnings([warning], terminal) };
    const completed = prepare === undefined ? first : await (await prepare()).prepare(first, access);
    for (let params = completed; ; ) {
      const wait = params.waitMs;
      const timeoutMs = ANSWER_TIMEOUT_MS + (typeof wait === "number" ? wait : 0);
      const result = await daemon.call(method, params, { timeoutMs });
      const text = print(result);
      if (text !== "" && !terminal.out.write(text)) {
        await new Promise<void>((resolve) => terminal.out.once("drain", resolve));
      }
      params = follow.next(result, params);
    }
  } catch (error) {
    if (!isWeftError(error, "API_CONNECTION_LOST") && !isWeftError(error, "API_CANCELLED")) throw error;
    terminal.err.write("the kernel has ended\n");
    return EXIT_OK;
  } finally {
    await daemon.close();
  }
}

async function printer(follow: Follow, invocation: Invocation): Promise<(result: JsonValue) => string> {
  const { terminal, dir, json } = invocation;
  if (json) {
    return (result) =>
      follow
        .items(result)
        .map((item) => `${JSON.stringify(item)}\n`)
        .join("");
  }
  const { view } = await follow.view();
  const context = { style: styleFor(terminal), width: terminal.width, dir, typed: typedOn(invocation) };
  return (result) => {
    const text = view(result, { ...context, now: Date.now() });
    return text === "" ? "" : `${hangAll(text, terminal.width, invocation.host.typed)}\n`;
  };
}
