import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { TermCount, topTerms } from "../../../src/tour/count/term-count.ts";

function termsOf(...chunks: Uint8Array[]): [string, number][] {
  const count = new TermCount();
  for (const chunk of chunks) count.add(chunk);
  return [...count.finish()];
}

describe("TermCount", () => {
  it("takes a letter and the letters, numbers, apostrophes and hyphens behind it, in lower case", () => {
    const text = "The dog's 2nd well-known H2O x--y 'tis É école — 42 naïve_Idea";
    expect(termsOf(Buffer.from(text))).toEqual([
      ["the", 1],
      ["dog's", 1],
      ["nd", 1],
      ["well-known", 1],
      ["h2o", 1],
      ["x--y", 1],
      ["tis", 1],
      ["é", 1],
      ["école", 1],
      ["naïve", 1],
      ["idea", 1],
    ]);
  });

  it("ends a term at bytes that are no UTF-8", () => {
    expect(termsOf(Buffer.from([0x61, 0xff, 0x62]))).toEqual([
      ["a", 1],
      ["b", 1],
    ]);
  });

  test.prop([
    fc.array(fc.constantFrom("ab", "É", " ", "-", "'", "7", "語", "𝒳", "😀", "\n", "x"), { maxLength: 30 }),
    fc.array(fc.nat({ max: 60 }), { maxLength: 5 }),
  ])("counts the same however a file is cut", (parts, cuts) => {
    const data = Buffer.from(parts.join(""));
    const chunks: Uint8Array[] = [];
    let from = 0;
    for (const cut of [...cuts.sort((left, right) => left - right), data.length]) {
      chunks.push(data.subarray(from, cut));
      from = Math.max(from, cut);
    }
    expect(termsOf(...chunks)).toEqual(termsOf(data));
  });

  it("takes a run of letters as long as a file in its stride", () => {
    const long = Buffer.alloc(2_000_000, "a");
    expect(termsOf(long)).toEqual([["a".repeat(2_000_000), 1]]);
  });
});

describe("topTerms", () => {
  it("orders by count and then by term", () => {
    expect(
      topTerms(
        [
          ["b", 2],
          ["c", 3],
          ["a", 2],
          ["d", 1],
        ],
        3,
      ),
    ).toEqual([
      { term: "c", count: 3 },
      { term: "a", count: 2 },
      { term: "b", count: 2 },
    ]);
  });

  test.prop([fc.dictionary(fc.string({ maxLength: 3 }), fc.integer({ min: 1, max: 4 }))])(
    "gives what sorting all gives",
    (counts) => {
      const all = Object.entries(counts).sort(([left, a], [right, b]) => b - a || (left < right ? -1 : 1));
      expect(topTerms(Object.entries(counts), 5)).toEqual(all.slice(0, 5).map(([term, count]) => ({ term, count })));
    },
  );
});
