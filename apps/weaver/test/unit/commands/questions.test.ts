// What weaver asks a person at a terminal, and what becomes of answers that are none.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommandLine } from "../../../src/commands/run-command-line.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "weaver-asks-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs weaver at a terminal where a person types these lines, one when each question is there, and then ends the input. */
async function typing(lines: readonly string[], ...words: string[]) {
  const [out, err, input] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const answers = [...lines];
  let told = "";
  err.on("data", (chunk: Buffer) => {
    told += String(chunk);
    if (!/(?:\] |> )$/.test(told)) return;
    const next = answers.shift();
    setImmediate(() => (next === undefined ? input.end() : input.write(`${next}\n`)));
  });
  const code = await runCommandLine({
    words,
    terminal: { out, err, input, isInteractive: true, color: false, width: 80 },
    host: { version: "1.2.3", entry: "weaver", typed: "weaver", env: {} },
    folder: () => folder,
    fromClone: true,
  });
  return { code, out: String(out.read() ?? ""), told };
}

describe("weaver init at a terminal", () => {
  it("says what each environment means, and asks until one is named", async () => {
    const { code, told, out } = await typing(["moon", "prod"], "init");
    expect(code).toBe(0);
    expect(told).toContain("production   less runs unasked");
    expect(told).toContain("one of development, staging, production, or the beginning of one");
    expect(out).toMatch(/environment +production/);
    expect(readFileSync(join(folder, "weave.toml"), "utf8")).toContain('environment = "production"');
  });

  it("names as the next one to add somebody who is not the owner, and leaves a place for rules", async () => {
    expect((await typing(["prod"], "init", "--name", "ann")).out).toContain("principal add bob --role approver");
    expect(readFileSync(join(folder, "weave.toml"), "utf8")).toMatch(
      /\[governance\][^[]*\n# policies = \["policies\/\*\.toml"\]\n/,
    );
  });

  it("takes staging for an empty answer", async () => {
    expect((await typing([""], "init")).out).toMatch(/environment +staging/);
  });

  it("begins nothing when the question is ended", async () => {
    const { code, told } = await typing([], "init");
    expect(code).toBe(2);
    expect(told).toContain("no environment was chosen, and nothing was begun");
    expect(existsSync(join(folder, "weave.toml"))).toBe(false);
    expect(existsSync(join(folder, ".weftos"))).toBe(false);
  });
});

describe("what cannot be undone", () => {
  it.each([[["n"]], [[]], [["whatever"]]])("is left alone after %j", async (lines) => {
    const { code, told } = await typing(lines, "governance", "amend", "enact", "00000000");
    expect(code).toBe(1);
    expect(told).toContain("becomes law for good");
    expect(told).not.toContain("error[");
  });
});
