/**
 * Text as an approver is shown it unless an action says it better. What could move the cursor, hide or reorder text (control
 * characters, bidirectional marks, zero-width characters) is written as `\uXXXX`, so that nothing shown differs from what is
 * done.
 */

const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Shows text on one line. */
export function shownText(text: string): string {
  return text.replace(UNSEEN, escaped);
}

/**
 * Shows a value as JSON, indented by two; big integers as `"12n"`, maps as lists of pairs, sets as lists, numbers that are none by
 * their names.
 *
 * @throws TypeError for a value that holds itself
 */
export function shownJson(value: unknown): string {
  const json: string | undefined = JSON.stringify(value, (_key, inner: unknown) => plainer(inner), 2);
  // Line ends stand between the parts; inside a text JSON has escaped them already.
  return (json ?? String(value)).replace(UNSEEN, (char) => (char === "\n" ? char : escaped(char)));
}

function plainer(value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return value instanceof Map || value instanceof Set ? [...value] : value;
}

function escaped(char: string): string {
  const units = Array.from({ length: char.length }, (_, at) => char.charCodeAt(at).toString(16).padStart(4, "0"));
  return units.map((unit) => `\\u${unit}`).join("");
}
