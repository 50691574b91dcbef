/** What a command is: data that parsing, help and the caller of methods read. */
import type { JsonObject, JsonValue } from "@weftos/interface";
import type { OptionValues } from "../arguments/values.ts";
import type { Style } from "../view/style.ts";
import type { Terminal } from "../view/terminal.ts";

/** An option of a command: a flag, or one that takes a text. */
export interface OptionSpec {
  readonly description: string;
  /** What its value is, for help: `<folder>`. Absent for a flag. */
  readonly value?: string;
  /** One letter. */
  readonly short?: string;
  /** It may be given several times; its values come as one text, a line each, see `listOption`. */
  readonly many?: true;
  /** Its value is a path: the command gets it absolute, from the folder where it was typed. */
  readonly path?: true;
}

/** A word after the command. */
export interface ArgumentSpec {
  readonly name: string;
  readonly description: string;
  readonly optional?: boolean;
}

interface CommandBase {
  /** One or two words: `tour`, `kernel ps`. */
  readonly name: string;
  readonly summary: string;
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: Readonly<Record<string, OptionSpec>>;
  /** What to type after `weaver`, and what it does. */
  readonly examples: readonly (readonly [typed: string, meaning: string])[];
}

/**
 * Answers for a method from the state directory alone, for when no kernel runs.
 *
 * @param typed - how a user types a command on this directory
 */
export type OfflineAnswer = (dir: string, params: JsonObject, typed: (words: string) => string) => Promise<JsonObject>;

/** What completing parameters may use. */
export interface PrepareAccess {
  /** Asks the same kernel that the command itself asks. */
  readonly call: (method: string, params: JsonObject) => Promise<JsonValue>;
  readonly dir: string;
  /** Where the command was typed; absolute. */
  readonly workingFolder: string;
  /** Paths in them are absolute. */
  readonly values: OptionValues;
  /** Tells the user beside the result. */
  readonly warn: (warning: string) => void;
}

/** Completes the parameters of a method on this side: reads a file, signs with a key that never leaves it. */
export type Prepare = (params: JsonObject, access: PrepareAccess) => Promise<JsonObject>;

/**
 * Finishes on this side what `prepare` began.
 *
 * @param result - what the method gave; undefined where the kernel refused, or was not asked in the end
 */
export type Settle = (
  positionals: readonly string[],
  result: JsonValue | undefined,
  access: Omit<PrepareAccess, "warn">,
) => Promise<void>;

/** Answers from the options alone; paths in them are absolute. */
export type AnswerHere = (values: OptionValues) => Promise<JsonObject>;

/** A command that is one call of one method, and a view of its result. */
export interface MethodCommand extends CommandBase {
  readonly method: string;
  /** Makes the parameters of the method. @throws `API_USAGE` */
  readonly params?: (positionals: readonly string[], values: OptionValues) => JsonObject;
  /** Completes the parameters before the call. @defaultValue they are sent as they are */
  readonly prepare?: () => Promise<{ readonly prepare: Prepare }>;
  /**
   * Finishes on this side what `prepare` began, once the call succeeded or was refused; not where nobody knows whether it
   * ran. @defaultValue nothing is left to do
   */
  readonly settle?: () => Promise<{ readonly settle: Settle }>;
  readonly view: () => Promise<{ readonly view: View }>;
  /**
   * What to do when no kernel runs: `refuse` with exit code 3; `boot` a kernel on the directory for the time of the
   * call; or read the answer from the files.
   */
  readonly withoutDaemon: "refuse" | "boot" | (() => Promise<{ readonly answer: OfflineAnswer }>);
  /** Goes on asking under `--follow` until it is interrupted; needs a daemon. Absent: the command has no such option. */
  readonly follow?: Follow;
  /** Chooses by the options to answer here, without kernel or state directory. @defaultValue never */
  readonly here?: (values: OptionValues) => (() => Promise<{ readonly answer: AnswerHere }>) | undefined;
  /** Gives the text that the option `--output` puts into a new file instead of showing a result. */
  readonly saves?: (result: JsonValue) => string;
  /** Says what cannot be undone; a person is asked before, unless `--yes` is given. Absent: nobody is asked. */
  readonly confirm?: (positionals: readonly string[]) => string;
  /** How long the answer may take, in milliseconds, besides what the parameters allow. @defaultValue 30 000 */
  readonly timeoutMs?: number;
  /** Tells from a result whether the command failed. @defaultValue never */
  readonly failed?: (result: JsonValue) => boolean;
}

/** How a command follows what grows. */
export interface Follow {
  /** Follows without being asked to. @defaultValue under `--follow` only */
  readonly always?: true;
  /** Makes the parameters of the next call from a result and those of the call that gave it. */
  readonly next: (result: JsonValue, params?: JsonObject) => JsonObject;
  /** Renders one result for people, without a header. */
  readonly view: () => Promise<{ readonly view: View }>;
  /** Gives what `--json` prints of a result, each on a line of its own. */
  readonly items: (result: JsonValue) => readonly JsonValue[];
}

/** A command with a program of its own: those that start and stop the daemon, and the tour. */
export interface ProgramCommand extends CommandBase {
  readonly run: () => Promise<{ readonly run: (invocation: Invocation) => Promise<number> }>;
}

export type Command = MethodCommand | ProgramCommand;

/** One run of one command. */
export interface Invocation {
  /** Words after the command's name. */
  readonly positionals: readonly string[];
  readonly values: OptionValues;
  /** Where the command was typed; absolute. */
  readonly workingFolder: string;
  /** The state directory; absolute. */
  readonly dir: string;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly terminal: Terminal;
  readonly host: ProgramHost;
}

/** What the command line asks of the process it runs in. */
export interface ProgramHost {
  readonly version: string;
  /** Path of the program's module, to start the daemon with. */
  readonly entry: string;
  /** How a user types `weaver` here, for hints. */
  readonly typed: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What a view may use besides the result. */
export interface ViewContext {
  readonly style: Style;
  /** Columns it may fill; no end where it is no terminal. */
  readonly width: number;
  /** Milliseconds UTC. */
  readonly now: number;
  readonly dir: string;
  /** How a user types a command on this state directory: words after `weaver` in, the whole line out. */
  readonly typed: (words: string) => string;
}

/** Renders a result for people. The result is JSON of a daemon that may be of another version: read it by `fields.ts`. */
export type View = (result: JsonValue, context: ViewContext) => string;
