import { allFiles, memoryPlatform } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { verifyProof } from "../../../src/proof/check-bundle.ts";
import { bundleText } from "../../../src/proof/proof-bundle.ts";
import { readChainStatus, verifyChain } from "../../../src/reader/offline.ts";
import { type ChainSource, filesSource } from "../../../src/verify/chain-source.ts";
import { verify } from "../../../src/verify/verify.ts";
import { bytesOf, copyOf, DIR, event, open, snapshot, sourceOf, testPlatform } from "../../support/chain-fixture.ts";
import { crashAtEveryStep } from "../../support/crash-at-every-step.ts";

const SECRET = "her address is 12 Elm Street";
const CONTENT = "chain/content/000000000000.rvf";
const EVENTS = "chain/000000000000.rvf";

async function withSecret() {
  const platform = testPlatform();
  const chain = await open(platform);
  await chain.append(event(1)).durable;
  const told = chain.append(event(2, { payload: { secret: SECRET, action: "tell", approval: "a-1" } }));
  chain.append(event(3));
  await told.durable;
  return { platform, chain };
}

async function holdsSecret(files: Parameters<typeof allFiles>[0]): Promise<string[]> {
  const found: string[] = [];
  for (const [path, bytes] of await allFiles(files)) if (Buffer.from(bytes).includes(SECRET)) found.push(path);
  return found;
}

describe("redaction", () => {
  it("destroys the content and leaves event, hashes and checkpoints as they were", async () => {
    const { platform, chain } = await withSecret();
    await chain.checkpoint();
    const before = await snapshot(platform.files);
    const hashes = (await chain.tail(4)).map(({ hash }) => hash);
    expect(await holdsSecret(platform.files)).not.toEqual([]);
    expect(await chain.redact(2, "asked by the person", { principal: "ada" })).toEqual({ sequence: 2, by: 4 });
    expect(await holdsSecret(platform.files)).toEqual([]);

    const redacted = await chain.get(2);
    expect(redacted).toMatchObject({ kind: "test.happened", payload: undefined, redacted: true });
    expect((await chain.tail(5)).slice(0, 4).map(({ hash }) => hash)).toEqual(hashes);
    expect(await chain.get(4)).toMatchObject({
      kind: "chain.redacted",
      source: "exochain",
      actor: { principal: "ada", pid: 0 },
      payload: { sequence: 2, reason: "asked by the person" },
    });
    expect((await chain.get(1)).payload).toEqual({ n: 1 });
    expect((await chain.get(3)).payload).toEqual({ n: 3 });
    const after = await snapshot(platform.files);
    const events = bytesOf(before, EVENTS);
    expect(bytesOf(after, EVENTS).slice(0, events.length)).toEqual(events);
    expect(await chain.verify()).toMatchObject({ valid: true, assurance: "signed" });
    await chain.append(event(5)).durable;
    await chain.close();
    expect(await verifyChain(platform.files, DIR)).toMatchObject({ valid: true, tail: "closed", events: 6 });
    const again = await open(platform);
    expect(await again.get(2)).toMatchObject({ payload: undefined, redacted: true });
    await again.close();
    expect(await holdsSecret(platform.files)).toEqual([]);
  });

  it("leaves every proof valid: those given before, and those asked for after", async () => {
    const { chain } = await withSecret();
    const before = await chain.proof(2);
    await chain.redact(2, "asked for");
    const after = await chain.proof(2);
    for (const proof of [before, after]) {
      expect(await verifyProof(bundleText(proof))).toMatchObject({ valid: true });
    }
    expect(before.payload).toMatchObject({ salt: expect.any(String) });
    expect(after.payload).toBe("redacted");
    expect([after.event, after.sequence]).toEqual([before.event, before.sequence]);
    await chain.close();
  });

  it("is not found by what the payload said", async () => {
    const { chain } = await withSecret();
    const found = async (): Promise<number[]> => {
      const sequences: number[] = [];
      for (const filter of [{ action: "tell" }, { approval: "a-1" }])
        for await (const { sequence } of chain.query(filter)) sequences.push(sequence);
      return sequences;
    };
    expect(await found()).toEqual([2, 2]);
    await chain.redact(2, "asked for");
    expect(await found()).toEqual([]);
    await chain.close();
  });

  it("works in an older pair of files, and while others append", async () => {
    const platform = testPlatform();
    const chain = await open(platform, { rotateBytes: 4096 });
    for (let n = 1; n <= 20; n++) await chain.append(event(n, { payload: { n, secret: SECRET } })).durable;
    const appends = [21, 22, 23].map((n) => chain.append(event(n)).durable);
    const redaction = chain.redact(3, "asked for");
    const more = [24, 25].map((n) => chain.append(event(n)).durable);
    await Promise.all([...appends, redaction, ...more, chain.redact(19, "asked for")]);
    expect((await chain.get(3)).redacted).toBe(true);
    expect((await chain.get(19)).redacted).toBe(true);
    expect((await chain.get(20)).payload).toEqual({ n: 20, secret: SECRET });
    expect((await chain.verify()).faults).toEqual([]);
    expect(chain.status().events).toBe(28);
    await chain.close();
    expect((await verifyChain(platform.files, DIR)).faults).toEqual([]);
  });

  it("refuses events of the chain itself, what is gone, what never was, and a reason that is none", async () => {
    const { chain } = await withSecret();
    const refused = { code: "CHAIN_REDACTION_REFUSED" };
    await expect(chain.redact(0, "genesis")).rejects.toMatchObject(refused);
    await expect(chain.redact(99, "future")).rejects.toMatchObject({ code: "CHAIN_EVENT_NOT_FOUND" });
    await expect(chain.redact(2, "")).rejects.toMatchObject(refused);
    await expect(chain.redact(2, "x".repeat(1025))).rejects.toMatchObject(refused);
    await chain.redact(2, "once");
    await expect(chain.redact(2, "twice")).rejects.toMatchObject({ ...refused, details: { sequence: 2 } });
    await expect(chain.redact(4, "the redaction")).rejects.toMatchObject(refused);
    expect(chain.status().events).toBe(5);
    await chain.close();
  });

  it("that happens while somebody verifies from outside is no fault", async () => {
    const { platform, chain } = await withSecret();
    const files = filesSource(platform.files, DIR);
    let redacted = false;
    const source: ChainSource = {
      list: (folder) => files.list(folder),
      async open(path) {
        if (path === CONTENT && !redacted) {
          redacted = true;
          await chain.redact(2, "asked for");
        }
        return await files.open(path);
      },
    };
    expect(await verify(source, { live: true })).toMatchObject({ valid: true, events: 5 });
    expect(redacted).toBe(true);
    await chain.close();
  });

  it("still shows every flipped byte of the content file", async () => {
    const { platform, chain } = await withSecret();
    await chain.redact(2, "asked for");
    await chain.close();
    const files = await snapshot(platform.files);
    const content = bytesOf(files, CONTENT);
    for (let at = 0; at < content.length; at += 7) {
      const changed = copyOf(files);
      const bytes = bytesOf(changed, CONTENT);
      bytes[at] = (bytes[at] as number) ^ 0x01;
      expect((await verify(sourceOf(changed))).valid, `byte ${at}`).toBe(false);
    }
  });

  it("ends at every crash either not begun or, after the next opening, done; nothing else is lost", {
    timeout: 60_000,
  }, async () => {
    const { platform, chain } = await withSecret();
    await chain.checkpoint();
    let done = false;
    const crashed = await crashAtEveryStep(platform, async () => {
      await chain.redact(2, "asked for");
      done = true;
    });
    expect(done).toBe(true);
    let finished = 0;
    for (const { files, at } of crashed) {
      const survivor = memoryPlatform({ clock: platform.clock, random: platform.random, files });
      const reopened = await open(survivor);
      const redacted: number[] = [];
      for await (const { sequence } of reopened.query({ kind: "chain.redacted" })) redacted.push(sequence);
      expect((await reopened.get(2)).redacted, at).toBe(redacted.length > 0);
      expect((await reopened.verify()).faults, at).toEqual([]);
      expect((await reopened.get(3)).payload, at).toEqual({ n: 3 });
      if (redacted.length > 0) {
        finished += 1;
        expect(await holdsSecret(files), at).toEqual([]);
      }
      await reopened.close();
      expect((await verifyChain(files, DIR)).valid, at).toBe(true);
    }
    expect(finished).toBeGreaterThan(3);
    expect(finished).toBeLessThan(crashed.length);
    await chain.close();
  });

  it("hides what a full disk keeps it from zeroing, and finishes when asked again or opened again", async () => {
    for (const how of ["asked", "opened"] as const) {
      const { platform, chain } = await withSecret();
      platform.faults.failNext(({ operation, path }) => operation === "create" && path.includes("content"), "ENOSPC");
      await expect(chain.redact(2, "asked for")).rejects.toMatchObject({ code: "ENOSPC" });
      expect(await chain.get(2)).toMatchObject({ payload: undefined, redacted: true });
      expect(await holdsSecret(platform.files)).not.toEqual([]);
      expect(chain.status().writable).toBe(true);
      expect((await chain.verify()).faults).toEqual([]);
      if (how === "asked") expect(await chain.redact(2, "asked for")).toEqual({ sequence: 2, by: 4 });
      await chain.close();
      const again = await open(platform);
      expect((await again.get(2)).redacted).toBe(true);
      expect(await holdsSecret(platform.files)).toEqual([]);
      await again.close();
      expect((await readChainStatus(platform.files, DIR)).events).toBe(5);
    }
  });

  it("removes an unfinished copy that a crash had left", async () => {
    const { platform, chain } = await withSecret();
    const copy = await platform.files.read(`${DIR}/${CONTENT}`);
    await platform.files.createExclusive(`${DIR}/chain/content/.000000000000.rvf.1.tmp`, copy);
    await chain.redact(2, "asked for");
    expect(await holdsSecret(platform.files)).toEqual([]);
    await chain.close();
  });

  it("is refused while the disk fails, and nothing is hidden", async () => {
    const { platform, chain } = await withSecret();
    platform.faults.failNext(({ operation, path }) => operation === "sync" && path.endsWith(EVENTS), "EIO");
    await expect(chain.redact(2, "asked for")).rejects.toMatchObject({ code: "CHAIN_NOT_WRITABLE" });
    expect((await chain.get(2)).payload).toMatchObject({ secret: SECRET });
    await chain.close();
  });
});
