import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runTour } from "../../../src/tour/run-tour.ts";
import type { Terminal } from "../../../src/view/terminal.ts";

const LONG_MS = 60_000;
let place: string;

beforeAll(async () => {
  place = await realpath(await mkdtemp(join(tmpdir(), "weftos-ask-")));
  // What the tour keeps lies below, and goes with it.
  vi.stubEnv("TMPDIR", place);
  await mkdir(join(place, "notes"));
  await writeFile(join(place, "notes", "x.md"), "the secret recipe");
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(place, { recursive: true, force: true });
});

/** Runs the tour on a terminal where a person types `typed` when asked; undefined: the input ends. */
async function tourWith(typed: string | undefined): Promise<{ readonly code: number; readonly shown: string }> {
  const input = new PassThrough();
  const out = new PassThrough();
  let shown = "";
  out.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
    if (!text.includes("approve? [y/N]")) return;
    if (typed === undefined) input.end();
    else input.write(`${typed}\n`);
  });
  const terminal: Terminal = { out, err: out, input, isInteractive: true, color: false, width: 100 };
  const dir = join(place, `state ${typed}`);
  const code = await runTour({
    folder: "notes",
    cwd: place,
    dir,
    json: false,
    fast: true,
    terminal,
    typed: "npx -y pnpm@12 weaver",
  });
  return { code, shown };
}

describe("the question of the tour", { timeout: LONG_MS }, () => {
  it("shows exactly what would be sent, and sends it once after a yes", async () => {
    const { code, shown } = await tourWith("y");
    expect(code).toBe(0);
    expect(shown).toMatch(/POST http:\/\/127\.0\.0\.1:\d+\/collect/);
    expect(shown).toContain("the secret recipe");
    expect(shown).toContain("Body: 17 bytes");
    expect(shown).toContain("it ran once; the listener on this machine received 17 bytes");
    expect(shown).not.toContain("pending ");
  });

  it.each(["n", "", "yesterday", undefined])("leaves it pending after %j", async (typed) => {
    const { code, shown } = await tourWith(typed);
    expect(code).toBe(0);
    expect(shown).not.toContain("it ran once");
    expect(shown).toContain("it was not sent, and stays a question");
    expect(shown).toMatch(/npx -y pnpm@12 weaver approvals approve [0-9a-f-]{36} --dir /);
  });
});
