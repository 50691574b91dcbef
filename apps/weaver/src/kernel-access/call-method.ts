/** Runs a command that is a method: asks the daemon, or does without one as the command says, and shows the answer. */
import { resolve } from "node:path";
import { isWeftError, type JsonObject, type JsonValue } from "@weftos/interface";
import { type OptionValues, textOption } from "../arguments/values.ts";
import type { Invocation, MethodCommand, PrepareAccess } from "../commands/command.ts";
import { EXIT_FAILURE, EXIT_OK } from "../failure/exit-code.ts";
import { isRefusal } from "../failure/refusal.ts";
import { hangAll } from "../view/fold.ts";
import { styleFor } from "../view/style.ts";
import { showWarnings } from "../view/warnings.ts";
import { openDaemon } from "./open-daemon.ts";
import { tokenOfUser } from "./token-of-user.ts";
import { typedOn } from "./typed-on.ts";

const CALL_TIMEOUT_MS = 30_000;

/** Calls the method, prints its result and gives the exit code. */
export async function callMethod(command: MethodCommand, invocation: Invocation): Promise<number> {
  const { positionals, dir, terminal, json } = invocation;
  const values = withAbsolutePaths(command.options, invocation);
  const params = command.params?.(positionals, values) ?? {};
  if (command.follow !== undefined && (command.follow.always === true || values.follow === true)) {
    const { followMethod } = await import("./follow-method.ts");
    return await followMethod(command, command.follow, params, invocation);
  }
  if (command.confirm !== undefined) {
    const { askYes } = await import("./ask-yes.ts");
    if (!(await askYes(command.confirm(positionals), invocation))) return EXIT_FAILURE;
  }
  const here = command.here?.(values);
  const result =
    here === undefined ? await answer(command, params, values, invocation) : await (await here()).answer(values);
  const output = textOption(values, "output");
  if (command.saves !== undefined && output !== undefined) {
    const { saveNew } = await import("./save-new.ts");
    await saveNew(output, command.saves(result));
    terminal.out.write(json ? `${JSON.stringify({ output })}\n` : `written to ${output}\n`);
  } else if (json) terminal.out.write(`${JSON.stringify(result, null, 2)}\n`);
  else {
    const { view } = await command.view();
    const { width } = terminal;
    const context = { style: styleFor(terminal), width, dir, typed: typedOn(invocation) };
    const text = view(result, { ...context, now: Date.now() });
    terminal.out.write(`${hangAll(text, width, invocation.host.typed)}\n`);
  }
  return command.failed?.(result) === true ? EXIT_FAILURE : EXIT_OK;
}

/** Makes paths among the options absolute: a daemon stands in another folder. */
function withAbsolutePaths(options: MethodCommand["options"], invocation: Invocation): OptionValues {
  const values = { ...invocation.values };
  for (const [name, { path }] of Object.entries(options ?? {})) {
    const typed = values[name];
    if (path === true && typeof typed === "string") values[name] = resolve(invocation.workingFolder, typed);
  }
  return values;
}

async function answer(
  command: MethodCommand,
  params: JsonObject,
  values: OptionValues,
  invocation: Invocation,
): Promise<JsonValue> {
  const { dir, workingFolder, terminal } = invocation;
  try {
    return await ask(command, params, values, invocation);
  } catch (error) {
    if (!isWeftError(error, "API_NO_DAEMON")) throw error;
  }
  const { withoutDaemon } = command;
  // Without a kernel that runs, whoever reads the directory is its owner, and nobody else.
  const { isStateDirectory, noDaemonError } = await import("./no-daemon.ts");
  if (tokenOfUser() !== undefined) throw await noDaemonError(dir, typedOn(invocation));
  if (typeof withoutDaemon === "function")
    return await (await withoutDaemon()).answer(dir, params, typedOn(invocation));
  if (withoutDaemon === "refuse" || !isStateDirectory(dir)) throw await noDaemonError(dir, typedOn(invocation));
  const { withBooted } = await import("./booted-kernel.ts");
  const onWarnings = (warnings: readonly string[]): void => showWarnings(warnings, terminal);
  const access = { dir, workingFolder, values, warn: (warning: string) => onWarnings([warning]) };
  return await withBooted(dir, (call) =>
    completed(command, params, invocation.positionals, { ...access, call }, (whole) =>
      call(command.method, whole, onWarnings),
    ),
  );
}

/** Completes the parameters, sends them, and finishes here what completing began: also where the kernel refuses. */
async function completed(
  { prepare, settle }: MethodCommand,
  params: JsonObject,
  positionals: readonly string[],
  access: PrepareAccess,
  send: (params: JsonObject) => Promise<JsonValue>,
): Promise<JsonValue> {
  const finish = async (result?: JsonValue): Promise<void> =>
    await (await settle?.())?.settle(positionals, result, access);
  try {
    const result = await send(prepare === undefined ? params : await (await prepare()).prepare(params, access));
    await finish(result);
    return result;
  } catch (error) {
    // What the user must hear of is the refusal.
    if (isRefusal(error)) await finish().catch(() => undefined);
    throw error;
  }
}

async function ask(
  command: MethodCommand,
  typed: JsonObject,
  values: OptionValues,
  { dir, positionals, workingFolder, terminal }: Invocation,
): Promise<JsonValue> {
  const { method, timeoutMs } = command;
  const daemon = await openDaemon(dir);
  try {
    const call: PrepareAccess["call"] = (name, input) => daemon.call(name, input, { timeoutMs: CALL_TIMEOUT_MS });
    const onWarnings = (warnings: readonly string[]): void => showWarnings(warnings, terminal);
    const access = { call, dir, workingFolder, values, warn: (warning: string) => onWarnings([warning]) };
    return await completed(command, typed, positionals, access, (params) => {
      const asked = params.timeoutMs;
      const extra = typeof asked === "number" ? asked : 0;
      return daemon.call(method, params, { timeoutMs: (timeoutMs ?? CALL_TIMEOUT_MS) + extra, onWarnings });
    });
  } finally {
    await daemon.close();
  }
}
