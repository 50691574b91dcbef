import { fromBase64, sha256, toHex } from "@weftos/crypto";
import { describe, expect, it } from "vitest";
import { merkleRoot } from "../../../src/merkle/merkle-frontier.ts";
import { tilePath } from "../../../src/proof/tile-layout.ts";
import { verifyChain } from "../../../src/reader/offline.ts";
import { DIR, event, open, testPlatform } from "../../support/chain-fixture.ts";

async function grown(events: number, init: Parameters<typeof open>[1] = {}) {
  const platform = testPlatform();
  const chain = await open(platform, { maxWaiting: 100_000, ...init });
  for (let n = 1; n < events; n++) {
    const { durable } = chain.append(event(n));
    if (n % 100 === 0) await durable;
  }
  await chain.checkpoint();
  return { platform, chain, files: platform.files };
}

/** All paths below a folder. */
async function namesBelow(files: ReturnType<typeof testPlatform>["files"], folder: string, at = ""): Promise<string[]> {
  const names: string[] = [];
  for (const { name, kind } of await files.list(`${folder}${at}`)) {
    if (kind === "folder") names.push(...(await namesBelow(files, folder, `${at}/${name}`)));
    else names.push(`${at}/${name}`.slice(1));
  }
  return names;
}

describe("an export as tlog", () => {
  it("is laid out as tiles, bundles of entries and the checkpoint", async () => {
    const { chain, files } = await grown(700);
    const report = await chain.export({ format: "tlog", output: "/out/log" });
    expect(report).toMatchObject({ format: "tlog", output: "/out/log", events: 700, files: 8 });
    expect(await namesBelow(files, "/out/log")).toEqual([
      "checkpoint",
      "tile/0/000",
      "tile/0/001",
      "tile/0/002.p/188",
      "tile/1/000.p/2",
      "tile/entries/000",
      "tile/entries/001",
      "tile/entries/002.p/188",
    ]);
    const events: string[] = [];
    for await (const { hash } of chain.range(0, 700)) events.push(hash);
    const bundle = await files.read("/out/log/tile/entries/002.p/188");
    expect(bundle.length).toBe(188 * 34);
    const entries: Uint8Array[] = [];
    for (let i = 0; i < 188; i++) {
      expect([bundle[34 * i], bundle[34 * i + 1]]).toEqual([0, 32]);
      entries.push(bundle.slice(34 * i + 2, 34 * i + 34));
    }
    expect(entries.map(toHex)).toEqual(events.slice(512));
    const leaf = sha256(Uint8Array.of(0, ...(entries[3] as Uint8Array)));
    const tile = await files.read("/out/log/tile/0/002.p/188");
    expect(tile.length).toBe(188 * 32);
    expect(toHex(tile.slice(96, 128))).toBe(toHex(leaf));
    const whole = await files.read("/out/log/tile/entries/001");
    const second = Array.from({ length: 256 }, (_, i) => whole.slice(34 * i + 2, 34 * i + 34));
    expect(toHex((await files.read("/out/log/tile/1/000.p/2")).slice(32))).toBe(toHex(merkleRoot(second)));
    const note = new TextDecoder().decode(await files.read("/out/log/checkpoint"));
    expect(note).toBe((await chain.checkpoint()).note);
    const [name, hash, key] = report.vkey.split("+") as [string, string, string];
    expect(name).toBe(note.split("\n")[0]);
    expect(toHex(fromBase64(/\n\u2014 \S+ (\S+)\n/.exec(note)?.[1] ?? "").slice(0, 4))).toBe(hash);
    expect(fromBase64(report.vkey.slice(name.length + hash.length + 2)).length).toBe(33);
    expect(key).not.toBe("");
    await chain.close();
  });

  it("has no partial tile when the size is a power of 256", async () => {
    const { chain, files } = await grown(256);
    await chain.export({ format: "tlog", output: "/log" });
    expect(await namesBelow(files, "/log")).toEqual(["checkpoint", "tile/0/000", "tile/1/000.p/1", "tile/entries/000"]);
    await chain.close();
  });

  it("names tiles as the specification does", () => {
    expect(tilePath(0, { index: 1_234_067, width: 256 })).toBe("tile/0/x001/x234/067");
    expect(tilePath("entries", { index: 1000, width: 7 })).toBe("tile/entries/x001/000.p/7");
    expect(tilePath(3, { index: 0, width: 1 })).toBe("tile/3/000.p/1");
  });
});

describe("an export of the files", () => {
  it("verifies by itself, over several pairs of files and with digest records", async () => {
    const { chain, files } = await grown(400, { rotateBytes: 20_000 });
    chain.digest({ action: "ipc.send", actor: 1, target: 2, outcome: "ok", bytes: 30, time: 5 });
    const report = await chain.export({ format: "rvf", output: "/copy" });
    expect(report.events).toBe(401);
    expect((await namesBelow(files, "/copy")).filter((name) => name.endsWith(".rvf")).length).toBeGreaterThan(4);
    for (let n = 0; n < 50; n++) chain.append(event(n));
    await chain.close();
    expect(await verifyChain(files, "/copy")).toMatchObject({ valid: true, tail: "closed", events: 401 });
  });

  it("is refused when the files do not verify", async () => {
    const { chain, files } = await grown(5);
    const path = `${DIR}/chain/content/000000000000.rvf`;
    const bytes = (await files.read(path)).slice();
    bytes[200] = (bytes[200] as number) ^ 1;
    await files.writeAtomic(path, bytes);
    const failed = chain.export({ format: "rvf", output: "/copy" });
    await expect(failed).rejects.toMatchObject({ code: "CHAIN_EXPORT", details: { output: "/copy" } });
  });
});

describe("an export as lines of JSON", () => {
  it("holds every event with its payload", async () => {
    const { chain, files } = await grown(1200);
    const report = await chain.export({ format: "json", output: "/out/events.jsonl" });
    const text = new TextDecoder().decode(await files.read("/out/events.jsonl"));
    expect(report).toMatchObject({ events: 1200, files: 1, bytes: new TextEncoder().encode(text).length });
    const lines = text.trimEnd().split("\n");
    expect(lines).toHaveLength(1200);
    expect(JSON.parse(lines[42] as string)).toMatchObject({ sequence: 42, payload: { n: 42 }, redacted: false });
    await chain.close();
  });
});

describe("the place of an export", () => {
  it("must be absolute, free, and outside the state directory", async () => {
    const { chain, files } = await grown(3);
    await files.makeFolder("/taken");
    for (const output of ["relative/path", "/taken", `${DIR}/chain/copy`, `${DIR}/a/b/c`, DIR]) {
      await expect(chain.export({ format: "tlog", output })).rejects.toMatchObject({ code: "CHAIN_EXPORT" });
    }
    expect((await verifyChain(files, DIR, { live: true })).valid).toBe(true);
    const signal = AbortSignal.abort(new Error("enough"));
    for (const format of ["tlog", "rvf", "json"] as const) {
      await expect(chain.export({ format, output: `/late-${format}`, signal })).rejects.toThrow("enough");
    }
    await chain.close();
  });
});
