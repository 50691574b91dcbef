import { beforeAll, describe, expect, it } from "vitest";
import { segmentBytes } from "../../../src/format/segment.ts";
import { type Fault, verify } from "../../../src/verify.ts";
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

const EVENTS = "chain/000000000000.rvf";
const CONTENT = "chain/content/000000000000.rvf";

let files: Snapshot;
let head: string;

beforeAll(async () => {
  ({ files } = await smallChain());
  head = (await verify(sourceOf(files))).head;
});

/** Cuts a file into its segments. */
function segmentsOf(bytes: Uint8Array): Uint8Array[] {
  const segments: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(16, true);
    segments.push(bytes.slice(at, at + segmentBytes(length)));
    at += segmentBytes(length);
  }
  return segments;
}

function join(segments: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(segments.flatMap((segment) => [...segment]));
}

async function faultsOf(changed: Snapshot): Promise<readonly Fault[]> {
  const result = await verify(sourceOf(changed));
  expect(result.valid).toBe(false);
  // Surplus behind the acknowledged length is called torn, and leaves what lies before it as sure as it was.
  if (result.tail !== "torn") expect(result.assurance).toBeUndefined();
  return result.faults;
}

describe("a chain that nobody touched", () => {
  it("is valid, closed and signed", async () => {
    expect(await verify(sourceOf(files))).toMatchObject({
      valid: true,
      tail: "closed",
      assurance: "signed",
      events: 5,
      faults: [],
      checkpoint: 5,
    });
  });

  it("is complete when its head is pinned, and pinned when an earlier one is", async () => {
    expect(await verify(sourceOf(files), { head })).toMatchObject({ valid: true, assurance: "complete" });
    const platform = testPlatform(9);
    const chain = await open(platform);
    const early = await chain.checkpoint();
    await chain.append(event(1)).durable;
    await chain.close();
    const source = sourceOf(await snapshot(platform.files));
    expect(await verify(source, { checkpoint: early.note })).toMatchObject({ valid: true, assurance: "pinned" });
    expect(await verify(source, { head: early.head })).toMatchObject({ valid: true, assurance: "pinned" });
  });

  it("refuses a head that is no hash", async () => {
    await expect(verify(sourceOf(files), { head: "abc" })).rejects.toThrow(RangeError);
  });
});

describe("one flipped bit", () => {
  for (const file of [EVENTS, CONTENT, "chain/checkpoint", "journal/leaves"]) {
    it(`is found in every byte of ${file}`, { timeout: 120_000 }, async () => {
      const missed: number[] = [];
      const { length } = bytesOf(files, file);
      for (let at = 0; at < length; at++) {
        const changed = copyOf(files);
        const bytes = bytesOf(changed, file);
        bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
        const result = await verify(sourceOf(changed));
        if (result.valid || result.faults.length === 0) missed.push(at);
      }
      expect(missed).toEqual([]);
    });
  }

  it("is located: file, offset and sequence of the segment", async () => {
    const changed = copyOf(files);
    const segments = segmentsOf(bytesOf(files, EVENTS));
    const offset = (segments[0] as Uint8Array).length + (segments[1] as Uint8Array).length;
    bytesOf(changed, EVENTS)[offset + 70] = 0xff;
    const [fault] = await faultsOf(changed);
    expect(fault).toMatchObject({ code: "CHAIN_SEGMENT", file: EVENTS, offset, sequence: 2 });
  });

  it("in a content is a fault of the events of that segment alone", async () => {
    const segments = segmentsOf(bytesOf(files, CONTENT));
    for (let i = 1; i < segments.length; i++) {
      const changed = copyOf(files);
      const offset = segments.slice(0, i).reduce((sum, { length }) => sum + length, 0);
      bytesOf(changed, CONTENT)[offset + 64] = (bytesOf(changed, CONTENT)[offset + 64] as number) ^ 1;
      const faults = (await faultsOf(changed)).filter(({ file }) => file === CONTENT);
      expect(faults.map(({ code }) => code)).toEqual(["CHAIN_SEGMENT", "CHAIN_CONTENT"]);
      for (const fault of faults) expect(fault).toMatchObject({ offset, sequence: i });
    }
  });

  it("does not hide what lies behind it: reading goes on and counts", async () => {
    const changed = copyOf(files);
    bytesOf(changed, EVENTS)[70] = 0xff;
    const content = bytesOf(changed, CONTENT);
    content[content.length - 65] = (content[content.length - 65] as number) ^ 1;
    const result = await verify(sourceOf(changed));
    expect(result.events).toBeGreaterThanOrEqual(3);
    expect(result.faultCount).toBeGreaterThanOrEqual(2);
  });
});

describe("segments that were moved", () => {
  for (const file of [EVENTS, CONTENT]) {
    it(`are found when two of ${file} are swapped`, async () => {
      const changed = copyOf(files);
      const [a, b, c, ...rest] = segmentsOf(bytesOf(files, file)) as [Uint8Array, Uint8Array, Uint8Array];
      changed.set(file, join([a, c, b, ...rest]));
      expect((await faultsOf(changed)).length).toBeGreaterThan(0);
    });

    it(`are found when one of ${file} is dropped or doubled`, async () => {
      const segments = segmentsOf(bytesOf(files, file));
      for (let i = 0; i < segments.length; i++) {
        for (const instead of [[], [segments[i] as Uint8Array, segments[i] as Uint8Array]]) {
          const changed = copyOf(files);
          changed.set(file, join([...segments.slice(0, i), ...instead, ...segments.slice(i + 1)]));
          expect((await faultsOf(changed)).length).toBeGreaterThan(0);
        }
      }
    });
  }

  it("are found when two chains are spliced", async () => {
    const other = (await smallChain(3, testPlatform(8))).files;
    for (const paths of [[EVENTS], [CONTENT], [EVENTS, CONTENT]]) {
      const changed = copyOf(files);
      for (const path of paths) {
        const mine = segmentsOf(bytesOf(files, path));
        const theirs = segmentsOf(bytesOf(other, path));
        changed.set(path, join([...mine.slice(0, 2), ...theirs.slice(2)]));
      }
      expect((await faultsOf(changed)).length).toBeGreaterThan(0);
    }
  });
});

describe("what was cut or rolled back", () => {
  it("is found by the acknowledged length and the checkpoint file", async () => {
    const changed = copyOf(files);
    changed.set(EVENTS, join(segmentsOf(bytesOf(files, EVENTS)).slice(0, 3)));
    changed.set(CONTENT, join(segmentsOf(bytesOf(files, CONTENT)).slice(0, 3)));
    expect((await faultsOf(changed)).map(({ code }) => code)).toContain("CHAIN_TRUNCATED");
    changed.delete("run/acked");
    expect((await faultsOf(changed)).map(({ code }) => code)).toContain("CHAIN_TRUNCATED");
  });

  it("is found by a pinned head or checkpoint when the whole directory is an older copy", async () => {
    const platform = testPlatform();
    const before = await open(platform);
    await before.append(event(1)).durable;
    await before.close();
    const older = await snapshot(platform.files);
    const after = await open(platform);
    await after.append(event(2)).durable;
    const taken = await after.checkpoint();
    await after.close();
    expect((await verify(sourceOf(older))).valid).toBe(true);
    expect((await verify(sourceOf(older), { head: taken.head })).faults).toMatchObject([{ code: "CHAIN_TRUNCATED" }]);
    expect((await verify(sourceOf(older), { checkpoint: taken.note })).faults).toMatchObject([
      { code: "CHAIN_TRUNCATED" },
    ]);
  });

  it("is found when a stranger's checkpoint or keys are pinned", async () => {
    const other = (await smallChain(3, testPlatform(8))).files;
    const note = bytesOf(other, "chain/checkpoint");
    expect((await verify(sourceOf(files), { checkpoint: note })).faults).toMatchObject([{ code: "CHAIN_PIN" }]);
    const keys = { ed25519: new Uint8Array(32), mlDsa65: new Uint8Array(1952) };
    expect(await verify(sourceOf(files), { keys })).toMatchObject({ keys: "other", faults: [{ code: "CHAIN_PIN" }] });
    expect(await verify(sourceOf(files))).toMatchObject({ keys: "not-given", faults: [] });
    expect((await verify(sourceOf(files), { checkpoint: "nothing" })).faults).toMatchObject([{ code: "CHAIN_PIN" }]);
  });

  it("is found when files vanish: content, leaves, the checkpoint, everything", async () => {
    for (const [path, code] of [
      [CONTENT, "CHAIN_CONTENT"],
      ["journal/leaves", "CHAIN_DIGEST"],
      ["chain/checkpoint", "CHAIN_CHECKPOINT"],
      [EVENTS, "CHAIN_TRUNCATED"],
    ] as const) {
      const changed = copyOf(files);
      changed.delete(path);
      expect((await faultsOf(changed)).map((fault) => fault.code)).toContain(code);
    }
  });
});

describe("what does not belong there", () => {
  it("is found by name; unfinished atomic writes are ignored", async () => {
    for (const path of [
      "chain/notes.txt",
      "chain/000000000009.rvf",
      "chain/content/1.rvf",
      "chain/content/000000000002.rvf",
    ]) {
      const changed = copyOf(files);
      changed.set(path, Uint8Array.of(1));
      expect((await faultsOf(changed)).length).toBeGreaterThan(0);
    }
    const changed = copyOf(files);
    changed.set("chain/.checkpoint.1.tmp", Uint8Array.of(1));
    expect((await verify(sourceOf(changed))).valid).toBe(true);
  });
});
