import { describe, expect, it } from "vitest";
import { encodeSegment, readSegment, SEGMENT_CHECKPOINT, type Segment } from "../../../src/format/segment.ts";
import { skipItem } from "../../../src/proof/cbor-skip.ts";
import { startWorkerHelper } from "../../../src/threads/worker-helper.ts";
import type { SourceFile } from "../../../src/verify/chain-source.ts";
import { examineStretch } from "../../../src/verify/examine-stretch.ts";
import type { Examiners, StretchHelper } from "../../../src/verify/look-ahead.ts";
import { type VerifyOptions, verifyWith } from "../../../src/verify/verify.ts";
import {
  bytesOf,
  copyOf,
  event,
  open,
  type Snapshot,
  smallChain,
  snapshot,
  sourceOf,
  testPlatform,
} from "../../support/chain-fixture.ts";
import { applyEdits } from "../../vectors/edits.ts";
import { goldenChain, negativeEdits, rotatedChain } from "../../vectors/make-vectors.ts";

/** A helper that answers when it is asked to, and now and then fails. */
function lazyHelper(fails: (n: number) => boolean = () => false): () => StretchHelper {
  return () => {
    const waiting: (() => void)[] = [];
    let asked = 0;
    return {
      ready: true,
      poll() {
        if (asked % 2 === 1) waiting.shift()?.();
      },
      async examine(stretch, watch) {
        asked += 1;
        if (fails(asked)) return { report: undefined, stretch: undefined };
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
          queueMicrotask(() => waiting.shift()?.());
        });
        return { report: examineStretch(stretch, watch), stretch };
      },
      close: async () => undefined,
    };
  };
}

const ways: Readonly<Record<string, Examiners>> = {
  "alone, a stretch for each segment": { startHelper: undefined, stretchBytes: 1 },
  "alone, some segments in a stretch": { startHelper: undefined, stretchBytes: 1200 },
  "with a helper": { startHelper: lazyHelper(), stretchBytes: 1, stretchesAlone: 1 },
  "with a helper that fails": { startHelper: lazyHelper((n) => n % 3 === 0), stretchBytes: 1, stretchesAlone: 1 },
};

/** @param only - number of the one way that is tried; all of them when absent */
async function expectAlike(files: Snapshot, options: VerifyOptions = {}, only?: number): Promise<void> {
  const source = sourceOf(files);
  const expected = await verifyWith(source, options, undefined);
  const all = Object.entries(ways);
  for (const [name, examiners] of only === undefined ? all : [all[only % all.length] ?? ["none", undefined]])
    expect({ name, ...(await verifyWith(source, options, examiners)) }).toEqual({ name, ...expected });
}

function segmentsOf(bytes: Uint8Array): Segment[] {
  const segments: Segment[] = [];
  for (let at = 0; at < bytes.length; at = segments.at(-1)?.end ?? bytes.length)
    segments.push(readSegment(bytes, at, 0) as Segment);
  return segments;
}

function itemsOf(payload: Uint8Array): Uint8Array[] {
  const items: Uint8Array[] = [];
  for (let at = 0; at < payload.length; ) {
    const end = skipItem(payload, at);
    items.push(payload.slice(at, end));
    at = end;
  }
  return items;
}

/** Gives a file whose reads wait for something. */
function waitingFile(file: SourceFile | undefined, until: () => boolean): SourceFile | undefined {
  if (file === undefined) return undefined;
  return {
    ...file,
    async read(offset, length) {
      while (!until()) await new Promise((resolve) => setImmediate(resolve));
      return await file.read(offset, length);
    },
  };
}

/** A chain of some segments, digests, a checkpoint in the middle, and a second pair of files. */
async function longerChain(): Promise<{ readonly files: Snapshot; readonly note: string; readonly head: string }> {
  const platform = testPlatform(4);
  const chain = await open(platform, { rotateBytes: 12_000 });
  for (let n = 0; n < 12; n++) {
    chain.append(event(n));
    await chain.append(event(n, { payload: n % 2 === 0 ? {} : { n, text: "größer" }, actor: { agent: "höher" } }))
      .durable;
    if (n % 3 === 0) chain.digest({ action: "ipc.send", actor: 1, target: 2, outcome: "ok", bytes: 30, time: 5 });
  }
  const { note, head } = await chain.checkpoint();
  for (let n = 0; n < 12; n++) await chain.append(event(n)).durable;
  await chain.close();
  return { files: await snapshot(platform.files), note, head };
}

describe("looking ahead", () => {
  it("finds in chains that nobody touched what the walk segment by segment finds", async () => {
    const { files, note, head } = await longerChain();
    expect([...files.keys()].filter((path) => path.startsWith("chain/0")).length).toBeGreaterThan(1);
    const options: readonly VerifyOptions[] = [
      {},
      { head },
      { checkpoint: note },
      { head: "0".repeat(64) },
      { live: true },
      { checkpoint: "nothing" },
    ];
    for (const how of options) await expectAlike(files, how);
    expect(await verifyWith(sourceOf(files), { head }, ways["with a helper"])).toMatchObject({
      valid: true,
      assurance: "pinned",
    });
    await expectAlike(await goldenChain());
    await expectAlike(rotatedChain());
  });

  it("reports the same faults for every negative vector", async () => {
    const chains = { golden: await goldenChain(), rotated: rotatedChain() };
    const all = negativeEdits(chains.golden, chains.rotated);
    expect(all.length).toBeGreaterThan(20);
    for (const { chain, edits } of all) await expectAlike(applyEdits(chains[chain], edits));
  });

  for (const file of ["chain/000000000000.rvf", "chain/content/000000000000.rvf"]) {
    it(`reports the same faults for one flipped bit in every byte of ${file}`, { timeout: 240_000 }, async () => {
      const { files } = await smallChain();
      const { length } = bytesOf(files, file);
      for (let at = 0; at < length; at += at > 1600 && at < length - 1000 ? 37 : 1) {
        const changed = copyOf(files);
        const bytes = bytesOf(changed, file);
        bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
        await expectAlike(changed, {}, at);
      }
    });
  }

  it("reports the same faults for bytes flipped anywhere in a longer chain, and for cut files", async () => {
    const { files } = await longerChain();
    for (const path of [...files.keys()].filter((name) => name.endsWith(".rvf"))) {
      const { length } = bytesOf(files, path);
      for (let at = 5; at < length; at += 211) {
        const changed = copyOf(files);
        bytesOf(changed, path)[at] = (bytesOf(changed, path)[at] as number) ^ 0x10;
        await expectAlike(changed);
        changed.set(path, bytesOf(files, path).slice(0, at));
        await expectAlike(changed);
      }
    }
  }, 240_000);

  it("reports the same faults for lies with right checksums: flipped payloads, records doubled, dropped and moved", async () => {
    const platform = testPlatform(6);
    const chain = await open(platform);
    for (let n = 0; n < 6; n++) {
      for (let i = 0; i < 3; i++) chain.append(event(n, i === 1 ? { actor: { principal: "ada" } } : {}));
      await chain.flush();
    }
    await chain.close();
    const files = await snapshot(platform.files);
    let missed = 0;
    for (const file of ["chain/000000000000.rvf", "chain/content/000000000000.rvf"]) {
      const whole = bytesOf(files, file);
      const segments = segmentsOf(whole);
      for (const [i, { type, flags, id, offset, end, payload }] of segments.slice(1).entries()) {
        const instead = async (changed: Uint8Array, way?: number): Promise<void> => {
          const lied = copyOf(files);
          const segment = encodeSegment(type, id, changed, flags);
          lied.set(file, Uint8Array.of(...whole.slice(0, offset), ...segment, ...whole.slice(end)));
          await expectAlike(lied, {}, way);
          if ((await verifyWith(sourceOf(lied), {}, ways["with a helper"])).valid) missed += 1;
        };
        if (type === SEGMENT_CHECKPOINT) continue;
        // The segments are alike: between them every place is tried.
        for (let at = i % 5; at < payload.length; at += 5) {
          const changed = payload.slice();
          changed[at] = (changed[at] as number) ^ (1 << (at % 8));
          await instead(changed, at);
        }
        const items = itemsOf(payload);
        const [first = payload, ...rest] = items;
        for (const parts of [rest, [...items, first], [...rest, first]])
          if (parts.length > 0) await instead(Uint8Array.from(parts.flatMap((part) => [...part])));
      }
    }
    expect(missed).toBe(0);
  }, 120_000);

  it("works with a thread", async () => {
    const platform = testPlatform(5);
    const chain = await open(platform);
    for (let n = 0; n < 6000; n++) {
      chain.append(event(n));
      if (n % 100 === 0) await chain.flush();
    }
    await chain.close();
    const files = await snapshot(platform.files);
    let examined = 0;
    const started: StretchHelper[] = [];
    const isUp = (): boolean => started.every(({ ready }) => ready);
    const startHelper = (): StretchHelper => {
      const helper = startWorkerHelper();
      started.push(helper);
      return {
        get ready() {
          return helper.ready;
        },
        poll: () => helper.poll(),
        async examine(stretch, watch) {
          const answer = await helper.examine(stretch, watch);
          if (answer.report !== undefined) examined += 1;
          return answer;
        },
        async close() {
          started.length = 0;
          await helper.close();
        },
      };
    };
    const threaded: Examiners = { startHelper, stretchBytes: 1, stretchesAlone: 1 };
    const source = sourceOf(files);
    const slow = {
      ...source,
      open: async (path: string) => waitingFile(await source.open(path), () => isUp()),
    };
    const found = await verifyWith(slow, {}, threaded);
    expect(found).toEqual(await verifyWith(source, {}, undefined));
    expect(found).toMatchObject({ valid: true, events: 6001 });
    expect(examined).toBeGreaterThan(0);
    bytesOf(files, "chain/000000000000.rvf")[500_000] = 0x55;
    expect(await verifyWith(slow, {}, threaded)).toEqual(await verifyWith(source, {}, undefined));
  }, 60_000);
});
