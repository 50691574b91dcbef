/** Turns the words of a command line into a command with its options, or into the help that was asked for. */
import { parseArgs } from "node:util";
import type { Command, OptionSpec } from "../commands/command.ts";
import { UsageError } from "../failure/usage-error.ts";
import { suggest } from "./suggest.ts";
import type { OptionValues } from "./values.ts";

/** Options that every command has. */
export const commonOptions: Readonly<Record<string, OptionSpec>> = {
  dir: { value: "<folder>", description: "state directory (default: .weftos here)" },
  json: { description: "print one JSON document instead of text" },
  verbose: { description: "show stack traces of errors" },
  help: { short: "h", description: "show this help" },
  version: { description: "show the version" },
};

/** What a command line asks for. */
export type ParsedArguments =
  | {
      readonly kind: "command";
      readonly command: Command;
      readonly positionals: readonly string[];
      readonly values: OptionValues;
    }
  | { readonly kind: "help"; readonly command: Command }
  /** The list of all commands, or of those of a group such as `kernel`. */
  | { readonly kind: "help"; readonly command: undefined; readonly group: string | undefined }
  | { readonly kind: "version" };

/**
 * Parses a command line.
 *
 * @param words - what follows `weaver`
 * @param typed - how a user types `weaver` here, for hints
 * @throws `API_USAGE` saying what is wrong and what was probably meant
 */
export function parseArguments(
  words: readonly string[],
  commands: readonly Command[],
  typed = "weaver",
): ParsedArguments {
  try {
    return parse(words, commands);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(error.message, error.details.hint.replace(/^weaver(?= )/, typed));
  }
}

function parse(words: readonly string[], commands: readonly Command[]): ParsedArguments {
  const first = read(words, commonOptions);
  const [group] = first.positionals;
  const wantsHelp = first.values.help === true || group === "help";
  if (wantsHelp) return helpFor(group === "help" ? first.positionals.slice(1) : first.positionals, commands);
  if (first.values.version === true) return { kind: "version" };
  if (group === undefined) for (const token of first.tokens) checkOption(token, commonOptions);
  const command = findCommand(first.positionals, commands);
  const options = { ...commonOptions, ...command.options };
  const { positionals, values, tokens } = read(words, options);
  for (const token of tokens) checkOption(token, options, command);
  const own = positionals.slice(command.name.split(" ").length);
  checkPositionals(own, command);
  return { kind: "command", command, positionals: own, values };
}

/** Tells whether `--json` stands in a command line that may not even be understood. */
export function asksForJson(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  return (end === -1 ? words : words.slice(0, end)).includes("--json");
}

function helpFor(words: readonly string[], commands: readonly Command[]): ParsedArguments {
  if (words.length === 0) return { kind: "help", command: undefined, group: undefined };
  const exact = commandOf(words, commands);
  if (exact !== undefined) return { kind: "help", command: exact };
  const group = words.join(" ");
  if (isGroup(group, commands)) return { kind: "help", command: undefined, group };
  return { kind: "help", command: findCommand(words, commands) };
}

/** Gives the command whose name the words begin with. */
function commandOf(words: readonly string[], commands: readonly Command[]): Command | undefined {
  for (let length = Math.min(words.length, MAX_NAME_WORDS); length > 0; length--) {
    const typed = words.slice(0, length).join(" ");
    const found = commands.find(({ name }) => name === typed);
    if (found !== undefined) return found;
  }
  return undefined;
}

function findCommand(words: readonly string[], commands: readonly Command[]): Command {
  const [first = "", second = ""] = words;
  if (first === "") throw new UsageError("no command was given", "weaver --help lists all commands");
  const found = commandOf(words, commands);
  if (found !== undefined) return found;
  const inner = `${first} ${second}`;
  const [group, verb] = isGroup(inner, commands) ? [inner, words[2] ?? ""] : [first, second];
  if (isGroup(group, commands)) {
    const depth = group.split(" ").length;
    const names = commands.filter(({ name }) => name.startsWith(`${group} `));
    const verbs = [...new Set(names.map(({ name }) => name.split(" ")[depth] ?? ""))];
    if (verb === "")
      throw new UsageError(`${group} needs one more word: ${verbs.join(", ")}`, `weaver ${group} --help`);
    const near = suggest(verb, verbs);
    throw unknown(
      `command ${JSON.stringify(`${group} ${verb}`)}`,
      near && `${group} ${near}`,
      `weaver ${group} --help`,
    );
  }
  const names = commands.map(({ name }) => name);
  const groups = [...new Set(names.map((name) => name.split(" ")[0] ?? ""))];
  // `weaver ps`: the group was left out; `weaver kernle ps`: it was mistyped.
  const bare = names.find((name) => name.split(" ")[1] === group);
  const near = suggest(`${group} ${verb}`, names) ?? suggest(group, groups) ?? bare;
  throw unknown(`command ${JSON.stringify(group)}`, near, "weaver --help lists all commands");
}

function isGroup(word: string, commands: readonly Command[]): boolean {
  return commands.some(({ name }) => name.startsWith(`${word} `));
}

function unknown(what: string, meant: string | undefined, otherwise: string): UsageError {
  return new UsageError(`unknown ${what}`, meant === undefined ? otherwise : `did you mean ${meant}?`);
}

const MAX_NAME_WORDS = 3;

type Token = NonNullable<ReturnType<typeof read>["tokens"]>[number];

function read(words: readonly string[], options: Readonly<Record<string, OptionSpec>>) {
  const { values, ...rest } = parseArgs({
    args: [...words],
    options: Object.fromEntries(
      Object.entries(options).map(([name, { value, short, many }]) => [
        name,
        {
          type: value === undefined ? ("boolean" as const) : ("string" as const),
          ...(short && { short }),
          ...(many && { multiple: true }),
        },
      ]),
    ),
    // What is wrong is said by `checkOption`, with the names of this command.
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const single = Object.entries(values).map(([name, value]) => [name, Array.isArray(value) ? value.join("\n") : value]);
  return { ...rest, values: Object.fromEntries(single) as OptionValues };
}

function checkOption(token: Token, options: Readonly<Record<string, OptionSpec>>, command?: Command): void {
  if (token.kind !== "option") return;
  const help = command === undefined ? "weaver --help" : `weaver ${command.name} --help`;
  const spec = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
  if (spec === undefined) {
    const near = suggest(token.name, Object.keys(options));
    throw unknown(`option ${token.rawName}`, near && `--${near}`, help);
  }
  if (spec.value === undefined) {
    if (token.value !== undefined) throw new UsageError(`${token.rawName} takes no value`, help);
  } else if (token.value === undefined || token.value === "") {
    throw new UsageError(`${token.rawName} needs a value`, `${token.rawName} ${spec.value}`);
  } else if (!token.inlineValue && token.value.startsWith("-")) {
    const written = `${token.rawName}=${token.value}`;
    throw new UsageError(
      `${token.rawName} needs a value, but ${token.value} follows`,
      `write ${written} if it is meant`,
    );
  }
}

function checkPositionals(given: readonly string[], command: Command): void {
  const specs = command.arguments ?? [];
  const usage = `weaver ${command.name} ${specs.map(({ name }) => `<${name}>`).join(" ")}`.trim();
  const missing = specs.find((spec, index) => spec.optional !== true && given[index] === undefined);
  if (missing !== undefined) throw new UsageError(`<${missing.name}> is missing: ${missing.description}`, usage);
  const extra = given[specs.length];
  if (extra !== undefined) {
    throw new UsageError(`${command.name} does not take ${JSON.stringify(extra.slice(0, 64))}`, usage);
  }
}
