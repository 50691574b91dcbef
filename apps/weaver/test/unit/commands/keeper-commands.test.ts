import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Kernel } from "weftos";
import { askYes } from "../../../src/kernel-access/ask-yes.ts";
import { runIn } from "./fake-terminal.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder = "";
let dir = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "weaver-keeper-"));
  dir = join(folder, ".weftos");
  await (await Kernel.boot({ dir })).shutdown();
});
afterAll(() => rmSync(folder, { recursive: true }));

const weaver = (...words: string[]) => runIn(folder, ...words);
async function json(...words: string[]) {
  const { code, out } = await weaver(...words, "--json");
  return { code, value: JSON.parse(out) };
}

describe("weaver chain redact", () => {
  it("destroys a payload, tells what it did not reach, and the chain still verifies", async () => {
    const { value } = await json("chain", "tail", "-n", "1000");
    const { sequence } = value.events.find(({ kind }: { kind: string }) => kind === "kernel.boot");
    const { code, out } = await weaver("chain", "redact", String(sequence), "--reason", "a test", "--yes");
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining("copies of the directory") });
    const after = await json("chain", "tail", "-n", "1000");
    const redacted = after.value.events.find((event: { sequence: number }) => event.sequence === sequence);
    expect(redacted).toMatchObject({ kind: "kernel.boot", payload: null, redacted: true });
    expect(after.value.events.find(({ kind }: { kind: string }) => kind === "chain.redacted")).toMatchObject({
      actor: { principal: "owner" },
      payload: { sequence, reason: "a test" },
    });
    expect(await json("chain", "verify")).toMatchObject({ code: 0, value: { valid: true } });
    expect((await json("action", "show", String(sequence))).value).toMatchObject({ sequence, redacted: true });
    expect((await weaver("action", "show", String(sequence))).out).toContain("was destroyed");
  });

  it("needs a reason, an event that can be redacted, and somebody to say yes", async () => {
    expect(await weaver("chain", "redact", "5", "--yes")).toMatchObject({
      code: 2,
      err: expect.stringContaining("--reason"),
    });
    expect(await weaver("chain", "redact", "5", "--reason", "x")).toMatchObject({
      code: 2,
      err: expect.stringContaining("--yes"),
    });
    expect(await json("chain", "redact", "0", "--reason", "x", "--yes")).toMatchObject({
      code: 1,
      value: { error: { code: "CHAIN_REDACTION_REFUSED" } },
    });
  });

  it("asks a person on a terminal", async () => {
    for (const [typed, answer] of [
      ["y\n", true],
      ["yes\n", true],
      ["\n", false],
      ["no\n", false],
    ] as const) {
      const input = new PassThrough();
      const err = new PassThrough();
      const terminal = { input, err, out: new PassThrough(), isInteractive: true, color: false, width: 80 };
      const asked = askYes("It will be gone.", { values: {}, terminal } as never);
      input.write(typed);
      expect(await asked).toBe(answer);
      expect(String(err.read())).toContain("It will be gone.\nGo on? [y/N]");
    }
  });
});

describe("weaver chain keys", () => {
  it("lists and rotates, and the chain verifies against the keys kept before and after", async () => {
    const before = await json("chain", "keys", "list");
    writeFileSync(join(folder, "before.json"), JSON.stringify(before.value));
    const rotated = await json("chain", "keys", "rotate", "--reason", "a test", "--yes");
    expect(rotated).toMatchObject({ code: 0, value: { reason: "a test" } });
    const after = await json("chain", "keys", "list");
    expect(after.value.history).toHaveLength(2);
    expect(after.value.keys).toEqual(rotated.value.keys);
    writeFileSync(join(folder, "after.json"), JSON.stringify(after.value));
    for (const file of ["before.json", "after.json"]) {
      expect(await json("chain", "verify", "--keys", file)).toMatchObject({ code: 0, value: { valid: true } });
    }
    const { out } = await weaver("chain", "keys", "list");
    expect(out).toContain("a test");
    expect((await weaver("chain", "keys")).err).toContain("one more word: list, rotate");
  });
});

describe("weaver chain repair", () => {
  it("refuses a healthy chain, and to do anything unasked", async () => {
    expect(await json("chain", "repair", "--quarantine")).toMatchObject({
      code: 1,
      value: { error: { code: "CHAIN_HEALTHY" } },
    });
    expect((await weaver("chain", "repair")).code).toBe(2);
    expect(await json("chain", "repair", "--dry-run", "--dir", "nowhere")).toMatchObject({
      value: { error: { code: "CHAIN_ABSENT" } },
    });
  });

  it("refuses while a kernel runs", async () => {
    const kernel = await Kernel.boot({ dir });
    expect(await json("chain", "repair", "--dry-run")).toMatchObject({ value: { error: { code: "KERNEL_LOCKED" } } });
    await kernel.shutdown();
  });

  it("moves a damaged chain aside, and the next kernel goes on with its successor", async () => {
    const path = join(dir, "chain/000000000000.rvf");
    const bytes = readFileSync(path);
    bytes[900] = (bytes[900] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    rmSync(join(dir, "cache"), { recursive: true });
    expect(await json("chain", "status")).toMatchObject({ code: 1, value: { error: { code: "CHAIN_DAMAGED" } } });
    const told = await json("chain", "repair", "--dry-run");
    expect(told).toMatchObject({ code: 0, value: { done: false, damage: { file: "chain/000000000000.rvf" } } });
    expect(readFileSync(path)).toEqual(bytes);
    expect(await weaver("chain", "repair", "--quarantine")).toMatchObject({
      code: 0,
      err: "",
      out: expect.stringContaining("a successor begun"),
    });
    const [aside = ""] = readdirSync(dir).filter((name) => name.startsWith("chain.damaged-"));
    expect(readFileSync(join(dir, aside, "chain/000000000000.rvf"))).toEqual(bytes);
    expect((await weaver("chain", "checkpoint")).code).toBe(0);
    const { value } = await json("chain", "status");
    expect(value.continues).toEqual(told.value.continues);
    expect((await weaver("chain", "status")).out).toContain(`chain ${told.value.continues.chain}`);
    expect(await json("chain", "verify")).toMatchObject({ code: 0, value: { valid: true } });
  });
});
