import { describe, expect, it } from "vitest";
import { fold, hang, hangAll } from "../../../src/view/fold.ts";

describe("text on a narrow terminal", () => {
  it("is folded between words", () => {
    expect(fold("one two three", 8)).toEqual(["one two", "three"]);
    expect(fold("one extraordinary", 4)).toEqual(["one", "extraordinary"]);
  });

  it("goes on below where the value behind a name begins", () => {
    expect(hang("why      an agent may remove", 20, "npx -y ")).toEqual(["why      an agent", "         may remove"]);
    const long = `${"a".repeat(30)}  what it does`;
    expect(hang(long, 40, "npx -y ", 32)).toEqual([`${"a".repeat(30)}  what it`, `${" ".repeat(32)}does`]);
    expect(hang("  › send the note away", 14, "npx -y ")).toEqual(["  › send the", "    note away"]);
  });

  it("goes on below the last cell of a row that begins near the margin", () => {
    expect(hang("fs.stat  fs.read  Tells the kind of a path", 30, "weaver ")).toEqual([
      "fs.stat  fs.read  Tells the",
      "                  kind of a",
      "                  path",
    ]);
    expect(hangAll("name  one two\nname  weaver kernel start", 11, "weaver")).toBe(
      "name  one\n      two\nname  weaver kernel start",
    );
    expect(hangAll("name  one two", Number.POSITIVE_INFINITY, "weaver")).toBe("name  one two");
  });

  it("keeps a long value beside its name, and leaves no empty line before it", () => {
    const head = "f".repeat(64);
    expect(hang(`policy   ${head}`, 40, "npx -y ")).toEqual([`policy   ${head}`]);
    expect(hang(`${" ".repeat(22)}${head}`, 40, "npx -y ")).toEqual([`${" ".repeat(22)}${head}`]);
  });

  it("leaves a command whole, so that it can be copied", () => {
    const command = "   npx -y pnpm@12 weaver approvals approve 1 --dir /tmp/x";
    expect(hang(command, 20, "npx -y ")).toEqual([command]);
  });
});
