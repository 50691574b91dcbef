import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { openTerminal } from "../../../src/view/terminal.ts";

const tty = (columns?: number) =>
  Object.assign(new PassThrough(), { isTTY: true, ...(columns !== undefined && { columns }) });
const open = (stdout = tty(120), stdin = tty(), env: Record<string, string> = {}) =>
  openTerminal({ stdout, stdin, stderr: new PassThrough(), env });

describe("a terminal", () => {
  it("has colour, width and a person in front of it", () => {
    expect(open()).toMatchObject({ color: true, width: 120, isInteractive: true });
  });

  it.each<Record<string, string>>([{ NO_COLOR: "1" }, { TERM: "dumb" }])("has no colour with %j", (env) => {
    expect(open(tty(), tty(), env).color).toBe(false);
  });

  it("takes an empty NO_COLOR as absent", () => {
    expect(open(tty(), tty(), { NO_COLOR: "" }).color).toBe(true);
  });

  it("is none when output goes to a pipe: no colour, nothing to cut, nobody to ask", () => {
    const pipe = new PassThrough();
    expect(openTerminal({ stdout: pipe, stdin: tty(), stderr: pipe, env: {} })).toMatchObject({
      color: false,
      width: Number.POSITIVE_INFINITY,
      isInteractive: false,
    });
  });

  it("never claims fewer than 40 columns", () => {
    expect(open(tty(10)).width).toBe(40);
    expect(open(tty(0)).width).toBe(80);
  });
});
