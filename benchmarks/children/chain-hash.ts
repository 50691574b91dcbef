// Encoding, committing and hashing events without a disk, against SHAKE-256 alone over bytes of the same lengths.
import { hash, randomBytes } from "node:crypto";
import { EVENT_TAG } from "../../packages/exochain/src/format/domain-hash.ts";
import { EventEncoder } from "../../packages/exochain/src/writer/event-encoder.ts";
import { eventAt, perSecond, platform, report } from "./source-chain.ts";

const COUNT = 100_000;
const encoder = new EventEncoder(randomBytes(16), platform.random);
const node = randomBytes(16);
let previous: Uint8Array = new Uint8Array(32);
const events = Array.from({ length: COUNT }, (_, n) => eventAt(n));
const lengths: (readonly [number, number])[] = [];

function run(keep: boolean): void {
  for (const [sequence, event] of events.entries()) {
    const encoded = encoder.encode(event, { sequence, time: 1_790_000_000_000 + sequence, previous, node });
    previous = encoded.hash;
    // A record is a head of some 45 bytes and the content; what is hashed has a tag and two lengths instead.
    if (keep)
      lengths.push([encoded.bytes.length + EVENT_TAG.length + 8, (encoded.record?.length ?? 0) + EVENT_TAG.length]);
  }
}

run(true);
let started = performance.now();
run(false);
const ours = perSecond(COUNT, started);

const bytes = randomBytes(8192);
// The types of Node 24 do not know the length of an output yet; of its forms the fastest is text of one byte each.
const shake = hash as (name: string, data: Uint8Array, options: object) => unknown;
const output = { outputEncoding: "latin1", outputLength: 32 } as const;
const raw = (): void => {
  for (const [event, payload] of lengths) {
    shake("shake256", bytes.subarray(0, event), output);
    shake("shake256", bytes.subarray(0, payload), output);
  }
};
raw();
started = performance.now();
raw();
const rawPerSecond = perSecond(COUNT, started);
report({ ours, raw: rawPerSecond, ratio: ours / rawPerSecond });
