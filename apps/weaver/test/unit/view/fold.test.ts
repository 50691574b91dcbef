import { describe, expect, it } from "vitest";
import { fold, hang } from "../../../src/tour/view/fold.ts";

describe("text on a narrow terminal", () => {
  it("is folded between words", () => {
    expect(fold("one two three", 8)).toEqual(["one two", "three"]);
    expect(fold("one extraordinary", 4)).toEqual(["one", "extraordinary"]);
  });

  it("goes on below where the value behind a name begins", () => {
    expect(hang("why      an agent may remove", 20)).toEqual(["why      an agent", "         may remove"]);
    expect(hang("  › send the note away", 14)).toEqual(["  › send the", "    note away"]);
  });

  it("keeps a long value beside its name, and leaves no empty line before it", () => {
    const head = "f".repeat(64);
    expect(hang(`policy   ${head}`, 40)).toEqual([`policy   ${head}`]);
    expect(hang(`${" ".repeat(22)}${head}`, 40)).toEqual([`${" ".repeat(22)}${head}`]);
  });

  it("leaves a command whole, so that it can be copied", () => {
    const command = "   npx -y pnpm@12 weaver approvals approve 1 --dir /tmp/x";
    expect(hang(command, 20)).toEqual([command]);
  });
});
