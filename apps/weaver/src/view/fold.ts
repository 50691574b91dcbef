/** Breaks text between words, so that columns stay aligned on a narrow terminal. */
import { stripVTControlCharacters } from "node:util";
import { displayWidth } from "./table.ts";

/** Columns in which a name may stand before its value, where nothing else is said. */
const NAME_COLUMNS = 28;

/**
 * Folds words into lines of at most `width` columns; a longer word stands alone.
 *
 * @param least - characters that the first line does not end within
 */
export function fold(text: string, width: number, least = 0): readonly string[] {
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of text.split(" ")) {
    const longer: string = line === undefined ? word : `${line} ${word}`;
    const open = lines.length === 0 && stripVTControlCharacters(line ?? "").length <= least;
    if (line !== undefined && !open && displayWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return line === undefined ? lines : [...lines, line];
}

/**
 * Folds one line; what follows is indented to where the text, or the value behind a name or behind the first cells of a row,
 * begins.
 *
 * @param command - how a command begins: a line with one is left whole, so that it can be copied
 * @param names - columns in which a name may stand before its value
 */
export function hang(line: string, width: number, command: string, names = NAME_COLUMNS): readonly string[] {
  if (displayWidth(line) <= width || line.includes(command)) return [line];
  const plain = stripVTControlCharacters(line);
  const lead = leadOf(plain, names) ?? /^[ ›]*/.exec(plain)?.[0] ?? "";
  // The first line has its lead already, and keeps at least one word; the others are narrower by it.
  const [first = "", ...rest] = fold(line, width, lead.length);
  const below = rest.length === 0 ? [] : fold(rest.join(" "), width - lead.length);
  return [first, ...below.map((text) => " ".repeat(lead.length) + text)];
}

/** Folds every line of a text, as `hang` does. @param typed - how a user types the program, in front of the words of a command */
export function hangAll(text: string, width: number, typed: string, names?: number): string {
  if (width === Number.POSITIVE_INFINITY) return text;
  return text
    .split("\n")
    .flatMap((line) => hang(line, width, `${typed} `, names))
    .join("\n");
}

/** What stands before the last value that begins near the margin. */
function leadOf(plain: string, names: number): string | undefined {
  let lead: string | undefined;
  for (const gap of plain.matchAll(/\S {2,}(?=\S)/g)) {
    const end = gap.index + gap[0].length;
    if (end > names) break;
    lead = plain.slice(0, end);
  }
  return lead;
}
