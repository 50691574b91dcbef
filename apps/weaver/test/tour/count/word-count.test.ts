import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { WordCount } from "../../../src/tour/count/word-count.ts";
import { gnuWc, judgeOfWords } from "./gnu-wc.ts";

function wordsOf(data: Uint8Array): number {
  const count = new WordCount();
  count.add(data);
  return count.words;
}

const separators = [
  0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20, 0xa0, 0x1680, 0x2003, 0x2007, 0x200a, 0x202f, 0x205f, 0x2060, 0x3000,
];
const passedOver = ["\u0085", "\u2028", "\u2029", "\u0000", "\u001c", "\u007f", "\u0378", "\uffff"];
const notUtf8 = [
  "ff",
  "80",
  "c080",
  "eda080",
  "f4908080",
  "f5808080",
  "e280",
  "c3",
  "f09f98",
  "fc8080808080",
  "e08080",
];
const partOfWord = ["\u200b", "\ufeff", "\u180e", "\u0301", "\u00ad", "\ue000", "é", "語", "😀"];

const piece = fc.oneof(
  fc.constantFrom(...separators.map((code) => Buffer.from(String.fromCodePoint(code)))),
  fc.constantFrom(...passedOver.map((text) => Buffer.from(text))),
  fc.constantFrom(...notUtf8.map((hex) => Buffer.from(hex, "hex"))),
  fc.constantFrom(...partOfWord.map((text) => Buffer.from(text))),
  fc.constantFrom("a", "word", "-", "1").map((text) => Buffer.from(text)),
);
const nasty = fc.array(piece, { maxLength: 40 }).map((pieces) => Buffer.concat(pieces));
const cleanText = fc.array(
  fc.constantFrom(...separators.map((code) => String.fromCodePoint(code)), ...partOfWord, "a", "word", "-", "1"),
  { maxLength: 60 },
);

describe("WordCount", () => {
  it.each(separators)("takes U+%i as an end of a word", (code) => {
    expect(wordsOf(Buffer.from(`a${String.fromCodePoint(code)}b`))).toBe(2);
  });

  it.each(passedOver)("passes over a character that is not printable: neither word nor separator (%j)", (text) => {
    expect(wordsOf(Buffer.from(`a${text}b`))).toBe(1);
    expect(wordsOf(Buffer.from(`a ${text} b`))).toBe(2);
  });

  it.each(notUtf8)("passes over bytes that are no UTF-8 (%s)", (hex) => {
    const bad = Buffer.from(hex, "hex");
    expect(wordsOf(Buffer.concat([Buffer.from("a"), bad, Buffer.from("b")]))).toBe(1);
    expect(wordsOf(bad)).toBe(0);
  });

  it.each(partOfWord)("takes what is printable and no separator as a word (%j)", (text) => {
    expect(wordsOf(Buffer.from(`a ${text} b`))).toBe(3);
  });

  it("sees a separator behind a character that was cut short", () => {
    expect(wordsOf(Buffer.from([0x61, 0xe2, 0x20, 0x62]))).toBe(2);
    expect(wordsOf(Buffer.from([0x61, 0xe2, 0x80, 0xc2, 0xa0, 0x62]))).toBe(2);
  });

  test.prop([nasty, fc.array(fc.nat({ max: 60 }), { maxLength: 6 })])(
    "counts the same however a file is cut",
    (data, cuts) => {
      const count = new WordCount();
      let from = 0;
      for (const cut of [...cuts.sort((left, right) => left - right), data.length]) {
        count.add(data.subarray(from, cut));
        from = Math.max(from, cut);
      }
      expect(count.words).toBe(wordsOf(data));
    },
  );
});

const judge = judgeOfWords();
const RUNS = { numRuns: 150 };

describe.skipIf(judge === "none")("WordCount beside the installed GNU wc", () => {
  test.prop([cleanText], RUNS)("agrees on text", (characters) => {
    const data = Buffer.from(characters.join(""));
    expect(wordsOf(data)).toBe(gnuWc(data));
  });

  it("agrees on a file longer than any buffer", () => {
    const data = Buffer.from("naïve　text… with\u2003odd spaces\n".repeat(20_000));
    expect(wordsOf(data)).toBe(gnuWc(data));
  });
});

describe.skipIf(judge !== "all")("WordCount beside a GNU wc that passes over what is not printable", () => {
  test.prop([nasty], RUNS)("agrees on controls, broken UTF-8 and odd spaces", (data) => {
    expect(wordsOf(data)).toBe(gnuWc(data));
  });

  test.prop([fc.uint8Array({ maxLength: 400 })], RUNS)("agrees on any bytes", (data) => {
    expect(wordsOf(data)).toBe(gnuWc(data));
  });

  it("agrees on what every character of the basic plane does between two letters", () => {
    const lines: string[] = [];
    for (let code = 0; code < 0xd800; code += 1) lines.push(`x${String.fromCodePoint(code)}y`);
    const data = Buffer.from(lines.join("\n"));
    expect(wordsOf(data)).toBe(gnuWc(data));
  });
});
