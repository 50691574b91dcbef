import { PassThrough } from "node:stream";
import { WeftError } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { exitCodeOf } from "../../../src/failure/exit-code.ts";
import { describeError, reportError } from "../../../src/failure/report-error.ts";
import { UsageError } from "../../../src/failure/usage-error.ts";

const made = (code: string, message: string, details: object = {}) =>
  WeftError.fromJSON({ code, message, details, retryable: false });

function report(
  error: unknown,
  { width = Number.POSITIVE_INFINITY, ...options }: { json?: boolean; verbose?: boolean; width?: number } = {},
): { out: string; err: string } {
  const out = new PassThrough();
  const err = new PassThrough();
  reportError(error, {
    json: false,
    verbose: false,
    typed: "weaver",
    ...options,
    terminal: { out, err, color: false, width },
  });
  return { out: String(out.read() ?? ""), err: String(err.read() ?? "") };
}

describe("an error", () => {
  it("is one line with its code, and a hint below", () => {
    expect(report(new UsageError("unknown command", "did you mean tour?"))).toEqual({
      out: "",
      err: "error[API_USAGE]: unknown command\n  hint: did you mean tour?\n",
    });
  });

  it("is folded between words on a narrow terminal, but for what is to be typed", () => {
    const hinted = made("X_Y", "something long is wrong here", { hint: "weaver agent list --all tells of them all" });
    expect(report(hinted, { width: 30 }).err).toBe(
      "error[X_Y]: something long is\nwrong here\n  hint: weaver agent list --all tells of them all\n",
    );
  });

  it("is also one JSON document on stdout with --json", () => {
    const { out, err } = report(made("CHAIN_TORN", "cut", { file: "x" }), { json: true });
    expect(JSON.parse(out)).toEqual({ error: { code: "CHAIN_TORN", message: "cut", details: { file: "x" } } });
    expect(err).toBe("error[CHAIN_TORN]: cut\n");
  });

  it("has a stack only with --verbose", () => {
    expect(report(new TypeError("oops")).err).toBe("error[UNKNOWN]: oops\n");
    expect(report(new TypeError("oops"), { verbose: true }).err).toContain("report-error.test.ts");
  });

  it("tells its causes once each, and survives a cycle of causes", () => {
    const inner = Object.assign(new Error("disk full"), { code: "ENOSPC" });
    const outer = new Error("cannot write", { cause: inner });
    expect(describeError(outer).message).toBe("cannot write: disk full");
    expect(describeError(new Error("cannot write: disk full", { cause: inner })).message).toBe(
      "cannot write: disk full",
    );
    inner.cause = outer;
    expect(describeError(outer).message).toBe("cannot write: disk full");
  });

  it("does not tell a reason again that it tells by its code", () => {
    const cause = Object.assign(new Error("ENOENT: no such file or directory, realpath '/p'"), { code: "ENOENT" });
    expect(describeError(new Error("expected a file at /p, got none (ENOENT)", { cause })).message).toBe(
      "expected a file at /p, got none (ENOENT)",
    );
  });

  it("shows the log lines of a daemon, made safe", () => {
    expect(report(made("KERNEL_DAEMON_FAILED", "ended", { log: ["one", "two\u001b[2J"] })).err).toBe(
      "error[KERNEL_DAEMON_FAILED]: ended\n  | one\n  | two\\u{1b}[2J\n",
    );
  });

  it.each([null, undefined, "text", 42, {}])("may be anything that can be thrown: %j", (thrown) => {
    expect(describeError(thrown)).toEqual({ code: "UNKNOWN", message: String(thrown), details: {} });
  });
});

describe("the exit code", () => {
  it.each([
    [new UsageError("x", "y"), 2],
    [made("API_INVALID_PARAMS", "x"), 2],
    [made("API_NO_DAEMON", "x"), 3],
    [made("KERNEL_LOCKED", "x"), 1],
    [new Error("x"), 1],
    ["x", 1],
  ])("of %s is %d", (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });
});
