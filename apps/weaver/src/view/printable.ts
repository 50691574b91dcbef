/**
 * Text from outside, made safe to show. Agents choose names, resources and messages: a control character in one of them
 * must not move the cursor, recolour the screen or forge a line of an approval.
 */

/** Shows control characters, bidirectional overrides and lone surrogates as `\u{…}`; line ends stay with `lines`. */
export function printable(text: string, options: { readonly lines?: boolean } = {}): string {
  const escaped = text.replace(/[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu, (char) =>
    char === "\n" && options.lines === true ? char : `\\u{${char.codePointAt(0)?.toString(16)}}`,
  );
  return escaped;
}
