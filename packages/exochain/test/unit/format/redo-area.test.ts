import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeRedo, encodeRedo, NO_SEAL, REDO_BYTES, redoStep } from "../../../src/format/redo-area.ts";
import { encodeSegment, SEGMENT_CONTENT, SEGMENT_EVENTS } from "../../../src/format/segment.ts";

/** Blocks of a disk: a write that was not synced reaches it in any order of these. */
const BLOCK = 512;

interface Commit {
  readonly eventBytes: number;
  readonly contentBytes: number;
}

interface Written {
  /** Where the entry lies. */
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly events: Uint8Array;
  readonly content: Uint8Array;
}

/** Makes the entries of one round; `salt` makes rounds differ where their lengths do not. */
function roundOf(commits: readonly Commit[], salt: number, start = 1000): Written[] {
  const written: Written[] = [];
  let seal = NO_SEAL;
  let at = 0;
  let place = { first: 0, eventBytes: start, contentBytes: start };
  commits.forEach(({ eventBytes, contentBytes }, i) => {
    const events = encodeSegment(SEGMENT_EVENTS, i, new Uint8Array(eventBytes).fill(salt));
    const content =
      contentBytes === 0
        ? new Uint8Array()
        : encodeSegment(SEGMENT_CONTENT, i, new Uint8Array(contentBytes).fill(salt + 1));
    const entry = encodeRedo(place, [events], content.length === 0 ? [] : [content], seal);
    written.push({ at, bytes: entry.bytes, events, content });
    seal = entry.seal;
    at += redoStep(entry.bytes.length);
    place = {
      first: 0,
      eventBytes: place.eventBytes + events.length,
      contentBytes: place.contentBytes + content.length,
    };
  });
  return written;
}

const hexOf = (parts: readonly Uint8Array[]): string => Buffer.concat(parts).toString("hex");

/** What an area that holds these entries, and no more, gives. */
const held = (entries: readonly Written[]) => [
  hexOf(entries.map(({ events }) => events)),
  hexOf(entries.map(({ content }) => content)),
];

const decoded = (area: Uint8Array) => {
  const redo = decodeRedo(area);
  return redo === undefined ? ["", ""] : [hexOf([redo.events.bytes]), hexOf([redo.content.bytes])];
};

const commitsOf = (minLength: number) =>
  fc.array(fc.record({ eventBytes: fc.integer({ min: 1, max: 9000 }), contentBytes: fc.nat(3000) }), {
    minLength,
    maxLength: 6,
  });

describe("the area of the last commits", () => {
  it("gives what its entries hold, as one stretch of each file", () => {
    const area = new Uint8Array(REDO_BYTES);
    expect(decodeRedo(area)).toBeUndefined();
    const entries = roundOf(
      [
        { eventBytes: 300, contentBytes: 80 },
        { eventBytes: 5000, contentBytes: 0 },
      ],
      1,
    );
    for (const { at, bytes } of entries) area.set(bytes, at);
    const redo = decodeRedo(area);
    expect(redo).toMatchObject({ first: 0, events: { offset: 1000 }, content: { offset: 1000 } });
    expect(decoded(area)).toEqual(held(entries));
  });

  it("gives whole entries of the newest round alone, whatever blocks of the last one reached the disk", () => {
    fc.assert(
      fc.property(
        commitsOf(0),
        commitsOf(1),
        fc.boolean(),
        fc.infiniteStream(fc.boolean()),
        (before, now, alike, reached) => {
          const area = new Uint8Array(REDO_BYTES);
          // Also rounds of the same lengths, whose entries lie at the same places.
          for (const { at, bytes } of roundOf(alike ? now : before, 1)) area.set(bytes, at);
          const entries = roundOf(now, 7, 50_000);
          const torn = entries.at(-1) as Written;
          for (const { at, bytes } of entries.slice(0, -1)) area.set(bytes, at);
          let whole = true;
          for (let from = 0; from < torn.bytes.length; from += BLOCK) {
            if (reached.next().value) area.set(torn.bytes.subarray(from, from + BLOCK), torn.at + from);
            else whole = false;
          }
          const sure = entries.slice(0, -1);
          // Of the round before, all is on the disk in its files already: that some of it is still read does no harm.
          const old = roundOf(alike ? now : before, 1);
          const harmless = whole || sure.length > 0 ? [] : old.map((_, i) => held(old.slice(0, i + 1)));
          expect([...harmless, held(whole ? entries : sure)]).toContainEqual(decoded(area));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("is not read past any byte that changed", () => {
    const entries = roundOf(
      [
        { eventBytes: 200, contentBytes: 60 },
        { eventBytes: 90, contentBytes: 30 },
      ],
      3,
    );
    const area = new Uint8Array(16_384);
    for (const { at, bytes } of entries) area.set(bytes, at);
    const second = entries[1] as Written;
    for (let at = 0; at < second.bytes.length; at++) {
      const changed = area.slice();
      changed[second.at + at] = (changed[second.at + at] as number) ^ 0x40;
      expect([at, decoded(changed)]).toEqual([at, held(entries.slice(0, 1))]);
    }
  });
});
