import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Kernel } from "weftos";
import { runIn } from "./fake-terminal.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "weaver-proof-"));
  const kernel = await Kernel.boot({ dir: join(folder, ".weftos") });
  await kernel.shutdown();
  // Proofs are of state directories; these tests are of the commands that no kernel answers.
  mkdirSync(join(folder, "elsewhere"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const weaver = (line: string) => runIn(folder, ...line.split(" "));
const state = (): string => `--dir ${join(folder, ".weftos")}`;
const text = (name: string): string => readFileSync(join(folder, name), "utf8");

describe("weaver chain proof", () => {
  it("writes a proof that verifies without the chain, and with what was kept elsewhere", async () => {
    expect(await weaver(`chain proof 0 --output proof.json ${state()}`)).toMatchObject({ code: 0 });
    const printed = await weaver(`chain proof 1 --json ${state()}`);
    writeFileSync(join(folder, "printed.json"), printed.out);
    const alone = await runIn(join(folder, "elsewhere"), "chain", "verify", "--bundle", "../proof.json");
    expect(alone).toMatchObject({ code: 0, err: "" });
    expect(alone.out).toMatch(/^the proof is VALID\n/);
    expect(alone.out).toContain("anybody can make keys");
    const pinned = await weaver("chain verify --bundle printed.json --keys proof.json");
    expect(pinned.code).toBe(0);
    expect(pinned.out).toContain("pinned");
    const { checkpoint } = JSON.parse(text("printed.json")) as { checkpoint: string };
    writeFileSync(join(folder, "note"), checkpoint);
    const json = await weaver("chain verify --bundle printed.json --checkpoint note --json");
    expect(JSON.parse(json.out)).toMatchObject({ valid: true, assurance: "pinned", event: { sequence: 1 } });
    // Proving added nothing: the checkpoint is of the whole chain.
    const chain = await weaver(`chain verify --checkpoint note --keys proof.json --json ${state()}`);
    expect(JSON.parse(chain.out)).toMatchObject({ valid: true, assurance: "complete", keys: "same" });
  });

  it("needs no kernel that would start: not for proofs, nor for keys and copies", async () => {
    const config = join(folder, "weave.toml");
    writeFileSync(config, '[governance]\npolicies = ["gone.toml"]\n');
    expect(await weaver(`approvals list ${state()}`)).toMatchObject({
      code: 1,
      err: expect.stringContaining("gone.toml"),
    });
    for (const line of [
      "chain proof 1 --json",
      "chain consistency --from 1",
      "chain keys list",
      "chain export --output spare",
    ])
      expect({ line, ...(await weaver(`${line} ${state()}`)) }).toMatchObject({ line, code: 0, err: "" });
    rmSync(config);
    mkdirSync(join(folder, "empty/run"), { recursive: true });
    mkdirSync(join(folder, "empty/chain"));
    const none = await runIn(folder, "chain", "proof", "1", "--dir", "empty");
    expect(none).toMatchObject({ code: 1, err: expect.stringContaining("CHAIN_ABSENT") });
    expect(readdirSync(join(folder, "empty/chain"))).toEqual([]);
  });

  it("ends with 1 for a proof that was changed, and says why", async () => {
    writeFileSync(join(folder, "bad.json"), text("proof.json").replace('"sequence": 0', '"sequence": 1'));
    const { code, out } = await weaver("chain verify --bundle bad.json");
    expect({ code, out }).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^the proof is INVALID\n.*CHAIN_EVENT/),
    });
    const pinned = await weaver(`chain verify --bundle proof.json --head ${"0".repeat(64)} --json`);
    expect(pinned.code).toBe(1);
    expect(JSON.parse(pinned.out)).toMatchObject({ valid: false, code: "CHAIN_PIN" });
  });

  it("overwrites nothing, and refuses files that hold no keys", async () => {
    expect(await weaver(`chain proof 0 --output proof.json ${state()}`)).toMatchObject({ code: 2, out: "" });
    writeFileSync(join(folder, "empty.json"), "{}");
    writeFileSync(join(folder, "wrong.json"), "[]");
    for (const keys of ["empty.json", "wrong.json", "note", "nowhere"]) {
      const { code, err } = await weaver(`chain verify --bundle proof.json --keys ${keys}`);
      expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining("--keys") });
    }
  });
});

describe("weaver chain consistency", () => {
  it("proves the growth between two checkpoints, for who kept them", async () => {
    const note = async (): Promise<string> => {
      const taken = await weaver(`chain checkpoint --json ${state()}`);
      return (JSON.parse(taken.out) as { note: string }).note;
    };
    const sizeOf = (text: string): string => text.split("\n")[1] ?? "";
    const [older, newer] = [await note(), await note()];
    writeFileSync(join(folder, "older-note"), older);
    writeFileSync(join(folder, "newer-note"), newer);
    const sizes = `--from ${sizeOf(older)} --to ${sizeOf(newer)}`;
    expect(await weaver(`chain consistency ${sizes} --output grown.json ${state()}`)).toMatchObject({ code: 0 });
    const alone = await weaver("chain verify --consistency grown.json");
    expect(alone).toMatchObject({ code: 0, out: expect.stringMatching(/^the proof is VALID\n/) });
    expect(alone.out).toContain("linked");
    const pinned = await weaver(
      "chain verify --consistency grown.json --checkpoint older-note --newer newer-note --keys proof.json --json",
    );
    expect(pinned.code).toBe(0);
    expect(JSON.parse(pinned.out)).toMatchObject({ valid: true, assurance: "pinned", from: Number(sizeOf(older)) });
    const swapped = await weaver("chain verify --consistency grown.json --checkpoint newer-note");
    expect(swapped).toMatchObject({ code: 1, out: expect.stringMatching(/INVALID\n.*CHAIN_PIN/) });
  });

  it("refuses sizes that the chain has not, and options that do not belong together", async () => {
    expect(await weaver(`chain consistency --from 1000000 ${state()}`)).toMatchObject({ code: 1 });
    for (const line of [
      `chain consistency ${state()}`,
      "chain verify --consistency grown.json --bundle proof.json",
      "chain verify --newer newer-note",
      `chain verify --consistency grown.json --head ${"0".repeat(64)}`,
      "chain verify --consistency nowhere.json",
    ])
      expect({ line, ...(await weaver(line)) }).toMatchObject({ line, code: 2 });
  });
});

describe("weaver chain verify --resume", () => {
  it("goes on where the kept answer ended, and refuses a file that holds none", async () => {
    const first = await weaver(`chain verify --json ${state()}`);
    writeFileSync(join(folder, "kept.json"), first.out);
    expect((await weaver(`chain checkpoint ${state()}`)).code).toBe(0);
    const second = await weaver(`chain verify --resume kept.json --json ${state()}`);
    expect({ code: second.code, ...JSON.parse(second.out) }).toMatchObject({
      code: 0,
      valid: true,
      assurance: "signed",
    });
    expect((JSON.parse(second.out) as { events: number }).events).toBeGreaterThan(
      (JSON.parse(first.out) as { events: number }).events,
    );
    writeFileSync(join(folder, "none.json"), "{}");
    expect(await weaver(`chain verify --resume none.json ${state()}`)).toMatchObject({ code: 2 });
  });
});

describe("weaver chain export", () => {
  it("writes tiles, files that verify, and lines of JSON, where it was typed", async () => {
    const tlog = await weaver(`chain export --format tlog --output log ${state()}`);
    expect(tlog.code).toBe(0);
    expect(tlog.out).toMatch(/key +weftos\/exochain\/v2\/[0-9a-f]{32}\+[0-9a-f]{8}\+/);
    expect(existsSync(join(folder, "log/checkpoint"))).toBe(true);
    expect((await weaver(`chain export --output copy ${state()}`)).code).toBe(0);
    expect((await weaver("chain verify --dir copy")).code).toBe(0);
    expect((await weaver(`chain export --format json --output events.jsonl ${state()}`)).code).toBe(0);
    expect(JSON.parse(text("events.jsonl").split("\n")[0] ?? "")).toMatchObject({ kind: "chain.genesis" });
    expect(await weaver(`chain export --output copy ${state()}`)).toMatchObject({ code: 1 });
  });
});
