// A chain put together by hand, one segment an event: for what the writer never makes, right or wrong.
import { CborWriter, encodeCanonical } from "@weftos/crypto";
import type { JsonObject } from "@weftos/interface";
import { encodeSlot, slotOffset } from "../../src/format/acked-slot.ts";
import { checkpointText, encodeNote, idsOf } from "../../src/format/checkpoint-note.ts";
import { writeContent } from "../../src/format/content-record.ts";
import { eventHash, payloadCommitment, ZERO_HASH } from "../../src/format/domain-hash.ts";
import { writeEvent } from "../../src/format/event-record.ts";
import { keyId } from "../../src/format/key-set.ts";
import {
  encodeSegment,
  FLAG_TOMBSTONE,
  SEGMENT_CHECKPOINT,
  SEGMENT_CONTENT,
  SEGMENT_EVENTS,
} from "../../src/format/segment.ts";
import type { ChainSignatures, ChainSigner } from "../../src/keys/chain-signer.ts";
import { MerkleFrontier } from "../../src/merkle/merkle-frontier.ts";
import type { Snapshot } from "../support/chain-fixture.ts";

export class CraftedChain {
  readonly id = new Uint8Array(16).fill(0x11);
  time = 1_700_000_000_000;
  readonly #segments: Uint8Array[] = [];
  readonly #content = new Map<number, { salt: Uint8Array; content: Uint8Array }>();
  readonly #tree = new MerkleFrontier();
  #signer: ChainSigner;
  #head = ZERO_HASH;
  #note: Uint8Array | undefined;

  constructor(signer: ChainSigner) {
    this.#signer = signer;
  }

  append(kind: string, payload: JsonObject | undefined): number {
    const sequence = this.#tree.size;
    let commitment: Uint8Array | null = null;
    if (payload !== undefined) {
      const salt = new Uint8Array(32).fill(sequence + 1);
      const content = encodeCanonical(payload);
      this.#content.set(sequence, { salt, content });
      commitment = payloadCommitment(salt, content);
    }
    const writer = new CborWriter();
    const node = keyId(this.#signer.keys.ed25519);
    const absent = { principal: null, pid: 0, agent: null, trace: null, key: null };
    const source = kind.startsWith("chain.") ? "exochain" : "test";
    writeEvent(writer, {
      chain: this.id,
      sequence,
      time: this.time,
      previous: this.#head,
      source,
      kind,
      node,
      ...absent,
      commitment,
    });
    const bytes = writer.take();
    this.#head = eventHash(bytes);
    this.#tree.append(this.#head);
    this.#segments.push(encodeSegment(SEGMENT_EVENTS, sequence, bytes));
    return sequence;
  }

  rotate(signer: ChainSigner): void {
    this.#signer = signer;
  }

  redact(sequence: number): void {
    const record = this.#content.get(sequence);
    record?.salt.fill(0);
    record?.content.fill(0);
  }

  checkpoint(): void {
    const { keys } = this.#signer;
    const text = checkpointText({
      chain: this.id,
      size: this.#tree.size,
      root: this.#tree.root(),
      head: this.#head,
      time: this.time,
      ...idsOf(keys),
    });
    this.#note = encodeNote(this.id, text, keys, this.#signer.sign(text) as ChainSignatures);
    this.#segments.push(encodeSegment(SEGMENT_CHECKPOINT, this.#tree.size, this.#note));
  }

  files(): Snapshot {
    const events = concat(this.#segments);
    const content = concat(
      [...this.#content].map(([sequence, { salt, content }]) => {
        const writer = new CborWriter();
        writeContent(writer, { sequence, salt, content });
        return encodeSegment(
          SEGMENT_CONTENT,
          sequence,
          writer.take(),
          salt.every((byte) => byte === 0) ? FLAG_TOMBSTONE : 0,
        );
      }),
    );
    const acked = new Uint8Array(1024);
    acked.set(
      encodeSlot({
        counter: 1,
        events: this.#tree.size,
        first: 0,
        eventBytes: events.length,
        contentBytes: content.length,
        head: this.#head,
      }),
      slotOffset(1),
    );
    const files: Snapshot = new Map([
      ["chain/000000000000.rvf", events],
      ["chain/content/000000000000.rvf", content],
      ["run/acked", acked],
    ]);
    if (this.#note !== undefined) files.set("chain/checkpoint", this.#note);
    return files;
  }
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
}
