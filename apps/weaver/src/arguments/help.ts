/** Renders help from the same data that parsing reads, so that the two cannot differ. */
import type { JsonValue } from "@weftos/interface";
import type { Command, OptionSpec } from "../commands/command.ts";
import type { Style } from "../view/style.ts";
import { renderFields } from "../view/table.ts";
import { commonOptions } from "./parse-arguments.ts";

const indent = (text: string): string => text.replace(/^/gm, "  ");

/** Gives the commands of a group; all without one. */
export function commandsOf(commands: readonly Command[], group: string | undefined): readonly Command[] {
  return commands.filter(({ name }) => group === undefined || name.startsWith(`${group} `));
}

/** Gives for programs what help shows to people. */
export function helpAsJson(commands: readonly Command[]): JsonValue {
  const described = commands.map(({ name, summary, arguments: words = [], options = {}, examples }) => ({
    name,
    summary,
    arguments: words.map(({ name: word, description, optional = false }) => ({ name: word, description, optional })),
    options: optionsAsJson(options),
    examples: examples.map(([typed, meaning]) => ({ typed, meaning })),
  }));
  return { commands: described, commonOptions: optionsAsJson(commonOptions) };
}

function optionsAsJson(options: Readonly<Record<string, OptionSpec>>): JsonValue {
  return Object.entries(options).map(([name, { description, value = null, short = null }]) => {
    return { name, description, value, short };
  });
}

/** Shows all commands, or those of a group. */
export function helpOfAll(commands: readonly Command[], group: string | undefined, style: Style): string {
  const listed = commandsOf(commands, group);
  const intro = group === undefined ? ["weaver: run, watch and prove a WeftOS kernel", ""] : [];
  return [
    ...intro,
    `${style.strong("usage:")} weaver ${group ?? "<command>"} ${group === undefined ? "" : "<command> "}[options]`,
    "",
    style.strong("commands:"),
    indent(renderFields(listed.map((command) => [headOf(command), command.summary]))),
    "",
    style.strong("options of every command:"),
    indent(optionLines(commonOptions)),
    "",
    style.strong("exit codes:"),
    "  0 success, 1 failure, 2 usage, 3 no kernel runs",
  ].join("\n");
}

/** Shows one command. */
export function helpOfCommand(command: Command, typed: string, style: Style): string {
  const options = Object.keys(command.options ?? {}).length > 0;
  const sections = [
    `weaver ${command.name}: ${command.summary}`,
    "",
    `${style.strong("usage:")} weaver ${headOf(command)} [options]`,
  ];
  if (command.arguments !== undefined && command.arguments.length > 0) {
    const lines = command.arguments.map(({ name, description }) => [`<${name}>`, description] as const);
    sections.push("", style.strong("arguments:"), indent(renderFields(lines)));
  }
  if (options) sections.push("", style.strong("options:"), indent(optionLines(command.options ?? {})));
  sections.push("", style.strong("options of every command:"), indent(optionLines(commonOptions)));
  const examples = command.examples.map(([words, meaning]) => `${typed} ${words}\n    ${style.faint(meaning)}`);
  sections.push("", style.strong("examples:"), indent(examples.join("\n")));
  return sections.join("\n");
}

function headOf(command: Command): string {
  const words = (command.arguments ?? []).map(({ name, optional }) => (optional ? `[${name}]` : `<${name}>`));
  return [command.name, ...words].join(" ");
}

function optionLines(options: Readonly<Record<string, OptionSpec>>): string {
  return renderFields(
    Object.entries(options).map(([name, { value, short, description }]) => [
      `${short === undefined ? "" : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`,
      description,
    ]),
  );
}
