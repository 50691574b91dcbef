/** How a command names an agent: by its PID, or by its name, which the kernel that is asked turns into a PID. */
import type { ArgumentSpec } from "../commands/command.ts";
import { UsageError } from "../failure/usage-error.ts";
import { wholeNumber } from "./values.ts";

const MAX_NAME_LENGTH = 128;

/** The argument, for help. */
export const agentArgument: ArgumentSpec = {
  name: "agent",
  description: "PID of a process, as `agent list` shows it, or its name, where one live agent alone has that",
};

/** Gives a PID as a number, and a name as it is. @throws `API_USAGE` */
export function agentWord(word = "", called = "<agent>", least = 1): number | string {
  if (least > 0 && /^0+$/.test(word)) {
    throw new UsageError("process 0 is the kernel, and no agent", "`kernel status` tells of it, `kernel stop` ends it");
  }
  const isName = /^[^\d\s-]/.test(word) && word.length <= MAX_NAME_LENGTH;
  return isName ? word : wholeNumber(called, word, least, Number.MAX_SAFE_INTEGER);
}
