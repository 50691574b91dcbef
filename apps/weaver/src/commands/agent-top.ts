/** Watches agents in a terminal; where none is, one picture is printed. */
import { isWeftError, type JsonValue } from "@weftos/interface";
import { numberOption } from "../arguments/values.ts";
import { EXIT_OK } from "../failure/exit-code.ts";
import { openDaemon } from "../kernel-access/open-daemon.ts";
import { typedOn } from "../kernel-access/typed-on.ts";
import { topPicture } from "../view/agent-top.ts";
import { styleFor } from "../view/style.ts";
import type { Invocation } from "./command.ts";

const DEFAULT_INTERVAL_S = 2;
/** A kernel whose thread is held answers when it is free again: until then the picture says that it is silent. */
const ANSWER_TIMEOUT_MS = 24 * 60 * 60 * 1000;

/** Shows pictures until `q`, Ctrl-C or the kernel's end. */
export async function run(invocation: Invocation): Promise<number> {
  const { values, terminal, json, dir } = invocation;
  const everyMs = 1000 * (numberOption(values, "interval", 1, 60) ?? DEFAULT_INTERVAL_S);
  const daemon = await openDaemon(dir).catch(async (error: unknown) => {
    if (!isWeftError(error, "API_NO_DAEMON")) throw error;
    const { noDaemonError } = await import("../kernel-access/no-daemon.ts");
    throw await noDaemonError(dir, typedOn(invocation));
  });
  const style = styleFor(terminal);
  const picture = (latest: JsonValue, before: JsonValue | undefined, width?: number) =>
    topPicture(latest, before, { style, now: Date.now(), width });
  try {
    if (values.once === true || json || !terminal.isInteractive) {
      const result = await daemon.call("agent.top", {});
      const { head, rows } = picture(result, undefined, terminal.width);
      terminal.out.write(`${json ? JSON.stringify(result, null, 2) : [...head, ...rows].join("\n")}\n`);
      return EXIT_OK;
    }
    const { showLive } = await import("../view/live-picture.ts");
    const measure = () => daemon.call("agent.top", {}, { timeoutMs: ANSWER_TIMEOUT_MS });
    if (!(await showLive({ terminal, everyMs, measure, picture }))) terminal.err.write("the kernel has ended\n");
    return EXIT_OK;
  } finally {
    await daemon.close();
  }
}
