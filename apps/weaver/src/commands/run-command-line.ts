/** From words to an exit code: parse, run, show. Nothing that a kernel needs is loaded here. */
import { asksForJson, type ParsedArguments, parseArguments } from "../arguments/parse-arguments.ts";
import { checkStateDirectory, stateDirectoryOf, workingFolderOf } from "../arguments/state-directory.ts";
import { textOption } from "../arguments/values.ts";
import { EXIT_OK, exitCodeOf } from "../failure/exit-code.ts";
import { hintFor } from "../failure/hints.ts";
import { reportError } from "../failure/report-error.ts";
import { typedOn } from "../kernel-access/typed-on.ts";
import { styleFor } from "../view/style.ts";
import type { Terminal } from "../view/terminal.ts";
import type { Command, Invocation, ProgramHost } from "./command.ts";
import { commands } from "./command-table.ts";

/** How much of a line the names of commands and options may take before what they do. */
const NAMES_OF_HELP = 0.65;

/** What {@link runCommandLine} is given. */
export interface CommandLine {
  /** What follows `weaver`. */
  readonly words: readonly string[];
  readonly terminal: Terminal;
  readonly host: ProgramHost;
  /** Gives the current folder. @throws when it was removed */
  readonly folder: () => string;
  /** Whether the program runs from a clone of the repository. */
  readonly fromClone: boolean;
}

/** Runs a command line and gives its exit code; every error is shown here. */
export async function runCommandLine({ words, terminal, host, folder, fromClone }: CommandLine): Promise<number> {
  let verbose = words.includes("--verbose");
  let hint: (error: unknown) => string | undefined = () => undefined;
  try {
    const parsed = parseArguments(words, commands, host.typed);
    if (parsed.kind === "version") {
      const { version } = host;
      terminal.out.write(asksForJson(words) ? `${JSON.stringify({ version })}\n` : `weaver ${version}\n`);
      return EXIT_OK;
    }
    if (parsed.kind === "help") return await showHelp(parsed, terminal, host.typed, asksForJson(words));
    verbose = parsed.values.verbose === true;
    const workingFolder = workingFolderOf(host.env, folder(), fromClone);
    const invocation: Invocation = {
      positionals: parsed.positionals,
      values: parsed.values,
      workingFolder,
      dir: stateDirectoryOf(workingFolder, textOption(parsed.values, "dir")),
      json: parsed.values.json === true,
      verbose,
      terminal,
      host,
    };
    hint = (error) => hintFor(error, { typed: typedOn(invocation) });
    return await runParsed(parsed.command, invocation);
  } catch (error) {
    reportError(error, { json: asksForJson(words), verbose, terminal, typed: host.typed, hint: hint(error) });
    return exitCodeOf(error);
  }
}

async function runParsed(command: Command, invocation: Invocation): Promise<number> {
  if (command.name !== "tour") checkStateDirectory(invocation.dir);
  if ("method" in command) {
    const { callMethod } = await import("../kernel-access/call-method.ts");
    return await callMethod(command, invocation);
  }
  const { run } = await command.run();
  return await run(invocation);
}

async function showHelp(
  asked: Extract<ParsedArguments, { kind: "help" }>,
  terminal: Terminal,
  typed: string,
  json: boolean,
): Promise<number> {
  const { commandsOf, helpAsJson, helpOfAll, helpOfCommand } = await import("../arguments/help.ts");
  if (json) {
    const listed = asked.command === undefined ? commandsOf(commands, asked.group) : [asked.command];
    terminal.out.write(`${JSON.stringify(helpAsJson(listed), null, 2)}\n`);
    return EXIT_OK;
  }
  const style = styleFor(terminal);
  const text =
    asked.command === undefined ? helpOfAll(commands, asked.group, style) : helpOfCommand(asked.command, typed, style);
  const { hangAll } = await import("../view/fold.ts");
  const { width } = terminal;
  terminal.out.write(`${hangAll(text, width, typed, Math.floor(width * NAMES_OF_HELP))}\n`);
  return EXIT_OK;
}
