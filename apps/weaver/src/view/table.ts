/** Aligned columns for a terminal: no frame, so that lines can be cut and searched by other programs. */
import { stripVTControlCharacters } from "node:util";

/** One column. */
export interface Column {
  readonly title: string;
  /** @defaultValue "left" */
  readonly align?: "left" | "right";
}

/** Tells how many columns a text takes: wide East Asian characters and emoji take two, marks none, colours none. */
export function displayWidth(text: string): number {
  const plain = stripVTControlCharacters(text);
  if (/^[\x20-\x7e]*$/.test(plain)) return plain.length;
  let width = 0;
  for (const char of plain) {
    if (/\p{Mark}|\p{Cf}/u.test(char)) continue;
    width +=
      /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]/u.test(
        char,
      )
        ? 2
        : 1;
  }
  return width;
}

/** Fills a text with spaces to a width in columns. */
export function pad(text: string, width: number, align: Column["align"] = "left"): string {
  const fill = " ".repeat(Math.max(0, width - displayWidth(text)));
  return align === "right" ? fill + text : text + fill;
}

/** Cuts a plain text to a width in columns, with an ellipsis where something is lost. */
export function cut(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const char of text) {
    const columns = displayWidth(char);
    if (used + columns > width - 1) break;
    kept += char;
    used += columns;
  }
  return `${kept}…`;
}

/**
 * Renders rows under their titles; each line ends without spaces.
 *
 * @param title - paints the line of titles
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  title: (text: string) => string = (text) => text,
): string {
  const widths = columns.map((column, index) =>
    Math.max(displayWidth(column.title), ...rows.map((row) => displayWidth(row[index] ?? ""))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) =>
        index === cells.length - 1 && columns[index]?.align !== "right"
          ? cell
          : pad(cell, widths[index] ?? 0, columns[index]?.align),
      )
      .join("  ")
      .trimEnd();
  return [title(line(columns.map((column) => column.title))), ...rows.map(line)].join("\n");
}

/** Renders names with their values, aligned; values of several lines are indented below each other. */
export function renderFields(
  fields: readonly (readonly [name: string, value: string])[],
  name: (text: string) => string = (text) => text,
): string {
  const width = Math.max(...fields.map(([title]) => displayWidth(title)));
  return fields
    .map(([title, value]) => {
      const [first = "", ...rest] = value.split("\n");
      const lead = `${name(pad(title, width))}  `;
      return [`${lead}${first}`.trimEnd(), ...rest.map((line) => `${" ".repeat(width + 2)}${line}`)].join("\n");
    })
    .join("\n");
}

/** Cuts a line that may be painted to a width in columns; one that is cut loses its paint. */
export function cutLine(text: string, width: number): string {
  return displayWidth(text) <= width ? text : cut(stripVTControlCharacters(text), width);
}
