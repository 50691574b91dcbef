import { beforeAll, describe, expect, it } from "vitest";
import { parseKeys } from "../../../src/format/key-set.ts";
import type { Examiners } from "../../../src/verify/look-ahead.ts";
import type { ResumePoint } from "../../../src/verify/resume-point.ts";
import { verifyWith } from "../../../src/verify/verify.ts";
import { verify } from "../../../src/verify.ts";
import {
  bytesOf,
  copyOf,
  event,
  open,
  type Snapshot,
  snapshot,
  sourceOf,
  testPlatform,
} from "../../support/chain-fixture.ts";
import { rotatedChain } from "../../vectors/make-vectors.ts";

const EVENTS = "chain/000000000000.rvf";
let early: Snapshot;
let late: Snapshot;
let point: ResumePoint;
let notes: readonly string[];

beforeAll(async () => {
  const platform = testPlatform(12);
  const chain = await open(platform, { rotateBytes: 40_000 });
  const digest = { action: "ipc.send", actor: 1, target: 2, outcome: "ok", bytes: 30, time: 5 } as const;
  for (let n = 0; n < 5; n++) await chain.append(event(n)).durable;
  chain.digest(digest);
  const older = await chain.checkpoint();
  for (let n = 0; n < 5; n++) await chain.append(event(n)).durable;
  const first = await chain.checkpoint();
  early = await snapshot(platform.files);
  point = (await verify(sourceOf(early))).resume as ResumePoint;
  for (let n = 0; n < 100; n++) await chain.append(event(n)).durable;
  await chain.redact(3, "asked for");
  chain.digest(digest);
  await chain.rotateKeys("yearly");
  for (let n = 0; n < 5; n++) await chain.append(event(n)).durable;
  const second = await chain.checkpoint();
  await chain.close();
  late = await snapshot(platform.files);
  notes = [older.note, first.note, second.note];
});

const whole = (files: Snapshot) => verify(sourceOf(files));
const resumed = (files: Snapshot, more: object = {}) => verify(sourceOf(files), { resume: point, ...more });

describe("a verification that goes on from a kept place", () => {
  it("ends where one from the beginning ends, whichever way it walks", async () => {
    const expected = await whole(late);
    expect(expected).toMatchObject({ valid: true, tail: "closed" });
    expect(await resumed(late)).toEqual(expected);
    for (const how of [undefined, { startHelper: undefined, stretchBytes: 1 }] satisfies (Examiners | undefined)[])
      expect(await verifyWith(sourceOf(late), { resume: point }, how)).toEqual(expected);
    const again = (await resumed(late)).resume;
    expect(await verify(sourceOf(late), { resume: again })).toEqual(expected);
    expect(JSON.parse(JSON.stringify(point))).toEqual(point);
  });

  it("can be taken at each checkpoint of a chain, also behind a rotation of keys", async () => {
    const rotated = rotatedChain();
    const { resume, ...rest } = await whole(rotated);
    expect(await verify(sourceOf(rotated), { resume })).toEqual({ ...rest, resume });
  });

  it("does not read what lies before: damage there is not seen, damage behind it is", async () => {
    const before = copyOf(late);
    bytesOf(before, EVENTS)[500] = 0x55;
    expect((await whole(before)).valid).toBe(false);
    expect((await resumed(before)).valid).toBe(true);
    const behind = copyOf(late);
    const bytes = bytesOf(behind, EVENTS);
    bytes[point.eventBytes + 100] = (bytes[point.eventBytes + 100] as number) ^ 1;
    const result = await resumed(behind);
    expect(result).toMatchObject({
      valid: false,
      faults: [{ code: "CHAIN_SEGMENT", offset: point.eventBytes, sequence: 12 }],
    });
    expect(result.resume).toBeUndefined();
  });

  it("knows pins from the place on, and says when one is older", async () => {
    const [older, here, newer] = notes;
    expect(await resumed(late, { checkpoint: newer })).toMatchObject({ valid: true, assurance: "complete" });
    expect(await resumed(late, { checkpoint: here })).toMatchObject({ valid: true, assurance: "pinned" });
    expect(await resumed(late, { checkpoint: older })).toMatchObject({ valid: false, faults: [{ code: "CHAIN_PIN" }] });
    const head = /^head (.*)$/m.exec(here ?? "")?.[1];
    expect(await resumed(late, { head })).toMatchObject({ valid: true, assurance: "pinned" });
    expect(await resumed(late, { keys: parseKeys(point.keys) })).toMatchObject({ valid: true });
  });

  it("is refused by a chain that is not the one that was verified, and by one that was cut", async () => {
    const platform = testPlatform(13);
    const chain = await open(platform);
    for (let n = 0; n < 20; n++) await chain.append(event(n)).durable;
    await chain.close();
    const other = await resumed(await snapshot(platform.files));
    expect(other).toMatchObject({ valid: false, events: 21, faults: [{ code: "CHAIN_PIN", sequence: 12 }] });
    const cut = copyOf(early);
    cut.set(EVENTS, bytesOf(early, EVENTS).slice(0, point.eventBytes - 64));
    expect((await resumed(cut)).faults.map(({ code }) => code)).toContain("CHAIN_PIN");
  });

  it("refuses what is no such place, or does not agree with its own checkpoint", async () => {
    const swapped = [...point.tree].reverse();
    for (const wrong of [
      {},
      { ...point, tree: swapped },
      { ...point, first: -1 },
      { ...point, checkpoint: "x" },
      { ...point, keys: [] },
    ])
      await expect(resumed(late, { resume: wrong })).rejects.toThrow(RangeError);
  });
});
