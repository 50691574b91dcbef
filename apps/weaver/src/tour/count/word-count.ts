/**
 * Counts words as GNU `LC_ALL=C.UTF-8 wc -w` does, byte stream by byte stream. What was measured (coreutils 9.1, glibc 2.36):
 * - a word is a run without separators that holds at least one printable character;
 * - separators are U+0009 to U+000D, the printable spaces of Unicode and the four that do not break lines (U+00A0, U+2007,
 *   U+202F, U+2060); U+0085, U+2028 and U+2029 are not printable and separate nothing;
 * - controls, unassigned characters and bytes that are no UTF-8 are passed over: they neither make nor end a word.
 *
 * Limits: which characters are assigned depends on the Unicode version of the running Node, as it does on that of the C
 * library. Newer versions of wc count what is passed over here as part of words; that differs only for runs made of nothing else.
 */

const MAX_CODE_POINT = 0x10ffff;
const notPrintable = /[\p{Cc}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Counts the words of one file, given in chunks cut anywhere. */
export class WordCount {
  #words = 0;
  #inWord = false;
  #codePoint = 0;
  /** Bytes of a character that are still to come. */
  #missing = 0;
  /** Least value that the character may have: shorter encodings of it are no UTF-8. */
  #least = 0;

  get words(): number {
    return this.#words;
  }

  add(chunk: Uint8Array): void {
    for (const byte of chunk) {
      if (byte < 0x80) {
        this.#missing = 0;
        this.#addAscii(byte);
      } else if (byte < 0xc0) {
        this.#addContinuation(byte);
      } else {
        this.#begin(byte);
      }
    }
  }

  #addAscii(byte: number): void {
    if (byte > 0x20 && byte < 0x7f) this.#addPrintable();
    else if (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) this.#inWord = false;
  }

  #begin(byte: number): void {
    if (byte < 0xe0) this.#expect(1, byte & 0x1f, 0x80);
    else if (byte < 0xf0) this.#expect(2, byte & 0x0f, 0x800);
    else if (byte < 0xf8) this.#expect(3, byte & 0x07, 0x10000);
    else this.#missing = 0;
  }

  #expect(missing: number, bits: number, least: number): void {
    this.#missing = missing;
    this.#codePoint = bits;
    this.#least = least;
  }

  #addContinuation(byte: number): void {
    if (this.#missing === 0) return;
    this.#codePoint = (this.#codePoint << 6) | (byte & 0x3f);
    this.#missing -= 1;
    if (this.#missing > 0 || this.#codePoint < this.#least || this.#codePoint > MAX_CODE_POINT) return;
    if (isSeparator(this.#codePoint)) this.#inWord = false;
    else if (!this.#inWord && !notPrintable.test(String.fromCodePoint(this.#codePoint))) this.#addPrintable();
  }

  #addPrintable(): void {
    if (this.#inWord) return;
    this.#inWord = true;
    this.#words += 1;
  }
}

function isSeparator(codePoint: number): boolean {
  if (codePoint < 0x2000) return codePoint === 0xa0 || codePoint === 0x1680;
  return (
    codePoint <= 0x200a || codePoint === 0x202f || codePoint === 0x205f || codePoint === 0x2060 || codePoint === 0x3000
  );
}
