import { describe, expect, it } from "vitest";
import { suggest } from "../../../src/arguments/suggest.ts";

describe("suggest", () => {
  it.each([
    ["strat", ["start", "stop"], "start"],
    ["stats", ["status", "start"], "status"],
    ["sotp", ["start", "stop"], "stop"],
    ["x", ["start", "stop"], undefined],
    ["verify", [], undefined],
    ["completely-else", ["start"], undefined],
    ["start", ["start", "strat"], "start"],
  ])("%j among %j means %j", (word, candidates, expected) => {
    expect(suggest(word, candidates)).toBe(expected);
  });
});
