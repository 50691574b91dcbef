/**
 * The command line of WeftOS as a library: the list of its commands, and a way to run one without a process of its own.
 * The program is `bin/weaver.js`.
 *
 * @packageDocumentation
 * @example
 * ```ts
 * import { commands } from "@weftos/weaver";
 *
 * const methods = commands.flatMap((command) => ("method" in command ? [command.method] : []));
 * if (!methods.includes("kernel.status")) throw new Error("a kernel must tell its status");
 * ```
 */
export type { Command, MethodCommand, ProgramCommand, ProgramHost } from "./commands/command.ts";
export { commands } from "./commands/command-table.ts";
export { type CommandLine, runCommandLine } from "./commands/run-command-line.ts";
export { openTerminal, type Terminal } from "./view/terminal.ts";
