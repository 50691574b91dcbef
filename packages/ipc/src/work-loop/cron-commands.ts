/** Jobs by message to the kernel, `cron.add`, `cron.list` and `cron.remove`: under the rights of who sent it. */
import type { JsonValue, Subject } from "@weftos/interface";
import { parse, z } from "@weftos/schema";
import type { Cron } from "../cron/cron.ts";
import { newJobSchema } from "../cron/cron-job.ts";
import { IpcInputInvalidError } from "../ipc-errors.ts";
import type { KernelHandler } from "../routing/kernel-handlers.ts";
import { commandOf, type WorkCommand } from "./command.ts";

/** The short form: a command to an agent every so many seconds; to the one that asks, unless another is named. */
const shortForm = z.lazy(() =>
  z.strictObject({
    name: z._default(z.string(), "unnamed"),
    intervalSecs: z._default(z.int().check(z.minimum(1), z.maximum(31_622_400)), 60),
    command: z._default(z.string().check(z.maxLength(256)), "ping"),
    targetPid: z.optional(z.int().check(z.minimum(1))),
  }),
);
const addSchema = z.union([z.strictObject({ job: newJobSchema }), shortForm]);
const removeSchema = z.lazy(() => z.strictObject({ id: z.string().check(z.minLength(1), z.maxLength(128)) }));

/** Makes the kernel's handler of these commands. */
export function cronCommands(cron: Cron): KernelHandler {
  return async (message, { subject, signal }) => {
    const command = commandOf(message);
    if (command === undefined || !command.cmd.startsWith("cron.")) return undefined;
    return await answer(cron, command, subject, signal);
  };
}

async function answer(
  cron: Cron,
  { cmd, fields }: WorkCommand,
  subject: Subject,
  signal: AbortSignal,
): Promise<JsonValue | undefined> {
  const call = { as: subject, signal };
  switch (cmd) {
    case "cron.list":
      return plain(cron.list());
    case "cron.add": {
      const given = parse(addSchema, fields, { what: "cron.add", error: invalid });
      return plain(await cron.add("job" in given ? given.job : longForm(given, subject), call));
    }
    case "cron.remove": {
      const { id } = parse(removeSchema, fields, { what: "cron.remove", error: invalid });
      const { id: jobId } = await cron.remove(id, call);
      return { removed: true, jobId };
    }
    default:
      return undefined;
  }
}

function longForm({ name, intervalSecs, command, targetPid }: z.output<typeof shortForm>, { kind, id }: Subject) {
  const agent = targetPid ?? (kind === "process" ? Number(id) : undefined);
  if (agent === undefined) throw invalid({ message: "cron.add: expected targetPid, since it is no process that asks" });
  const target = { agent, payload: { cmd: command }, awaitReply: false };
  return { name, schedule: { everyMs: intervalSecs * 1000 }, target };
}

function plain(value: object): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

function invalid(problem: { readonly message: string }): IpcInputInvalidError {
  return new IpcInputInvalidError(problem.message, {
    details: { field: "the command", expected: "the fields of the command", received: "others" },
  });
}
