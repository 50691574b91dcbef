/** Reads typed values out of parsed options. */
import { UsageError } from "../failure/usage-error.ts";

/** Options by name, as they were typed: text, or true for a flag. */
export type OptionValues = Readonly<Record<string, string | boolean | undefined>>;

/** Reads a whole number. @throws `API_USAGE` for anything else, or one out of range */
export function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new UsageError(
      `${name} must be a whole number from ${least} to ${most}, got ${JSON.stringify(text.slice(0, 64))}`,
      name.startsWith("-") ? `try ${name} ${least}` : "--help says where to find it",
    );
  }
  return value;
}

/** Reads a whole number from an option; undefined when it was not given. */
export function numberOption(values: OptionValues, name: string, least: number, most: number): number | undefined {
  const text = values[name];
  return typeof text === "string" ? wholeNumber(`--${name}`, text, least, most) : undefined;
}

/** Reads one word of a list from an option; undefined when it was not given. */
export function choiceOption(values: OptionValues, name: string, choices: readonly string[]): string | undefined {
  const text = values[name];
  if (typeof text !== "string") return undefined;
  if (!choices.includes(text)) {
    throw new UsageError(
      `--${name} must be one of ${choices.join(", ")}, got ${JSON.stringify(text.slice(0, 64))}`,
      `try --${name} ${choices[0]}`,
    );
  }
  return text;
}

/** Reads a text from an option; undefined when it was not given. */
export function textOption(values: OptionValues, name: string): string | undefined {
  const text = values[name];
  return typeof text === "string" ? text : undefined;
}

/** Reads the texts of an option that may be given several times, each of which may hold several between commas. */
export function listOption(values: OptionValues, name: string): readonly string[] {
  const text = values[name];
  return typeof text === "string" ? text.split(/[\n,]/).map((item) => item.trim()) : [];
}
