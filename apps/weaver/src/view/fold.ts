/** Breaks text between words, so that columns stay aligned on a narrow terminal. */
import { stripVTControlCharacters } from "node:util";
import { displayWidth } from "../../view/table.ts";

/** Columns in which a name may stand before its value. */
const MAX_NAME_COLUMNS = 28;

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
 * Folds one line; what follows is indented to where the text, or the value behind a name, begins. A command is left whole, so
 * that it can be copied.
 */
export function hang(line: string, width: number): readonly string[] {
  if (displayWidth(line) <= width || line.includes("npx -y ")) return [line];
  const plain = stripVTControlCharacters(line);
  const name = /^ *\S+(?: \S+)* {2,}(?=\S)/.exec(plain)?.[0] ?? "";
  const lead = name !== "" && name.length <= MAX_NAME_COLUMNS ? name : (/^[ ›]*/.exec(plain)?.[0] ?? "");
  // The first line has its lead already, and keeps at least one word; the others are narrower by it.
  const [first = "", ...rest] = fold(line, width, lead.length);
  const below = rest.length === 0 ? [] : fold(rest.join(" "), width - lead.length);
  return [first, ...below.map((text) => " ".repeat(lead.length) + text)];
}
