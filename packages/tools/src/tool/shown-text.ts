/**
 * Text as an approver sees it. What could move the cursor, hide or reorder text (control characters, bidirectional
 * marks, zero-width characters) is written as `\u{…}`, so that nothing shown differs from what is done.
 */

const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Shows text on one line. */
export function shownLine(text: string): string {
  return text.replace(UNSEEN, escaped);
}

/** Shows text with its lines, each behind a mark, so that it cannot pass for what stands around it. */
export function shownBlock(text: string): string {
  return text
    .split("\n")
    .map((line) => `  | ${line.replace(UNSEEN, (char) => (char === "\t" ? char : escaped(char)))}`)
    .join("\n");
}

function escaped(char: string): string {
  return `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}
