import type { ReplyResult } from "@weftos/interface";
import { isolatedContext, type LoggedLine } from "@weftos/testkit/contract";
import { expect, it } from "vitest";
import { workLoop } from "../../../src/work-loop/work-loop.ts";

it("logs a command that fails where nobody waits for its reply, and one whose reply fails", async () => {
  const lines: LoggedLine[] = [];
  const stop = new AbortController();
  const results: (() => Promise<ReplyResult>)[] = [
    async () => ({ status: "unasked" }),
    async () => ({ status: "answered" }),
    async () => Promise.reject(new Error("the way is gone")),
  ];
  const context = isolatedContext({ signal: stop.signal, onLog: (line) => lines.push(line) });
  const agent = {
    ...context,
    replyError: () => (results.shift() as () => Promise<ReplyResult>)(),
    acknowledge: async () => undefined,
  };
  const done = workLoop()(agent);
  for (let sent = 0; sent < 3; sent += 1) context.deliver({ cmd: "dance" });
  await expect.poll(() => results.length).toBe(0);
  stop.abort();
  await done;
  expect(lines.map(({ level, message, fields }) => [level, message, fields.code])).toEqual([
    ["warn", "a command failed", "IPC_COMMAND_INVALID"],
    ["warn", "a command could not be answered", "UNKNOWN"],
  ]);
});
