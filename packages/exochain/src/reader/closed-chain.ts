// The events of a chain that no kernel has open: read from the files, nothing written, nobody asked. What decides who may act
// is not needed for it, so that an operator reads a chain whose kernel refuses to boot.
import type { Files } from "@weftos/interface";
import { ChainAbsentError, ChainEventNotFoundError } from "../error/chain-errors.ts";
import { fileSigner } from "../keys/key-files.ts";
import { refuseUnfinishedRepair } from "../repair/repair-plan.ts";
import { filesSource } from "../verify/chain-source.ts";
import { redoneSource } from "../verify/redone-source.ts";
import type { Chain } from "../writer/chain.ts";
import { chainExists, loadChain } from "../writer/load-chain.ts";
import { readCache } from "../writer/open-cache.ts";
import { type EventFilter, filterTest } from "./event-filter.ts";
import { EventReader } from "./event-reader.ts";
import type { StoredEvent } from "./stored-event.ts";

/** What reading a chain takes, open or closed. */
export interface ReadableChain extends Pick<Chain, "get" | "range" | "query" | "subscribe"> {
  status(): {
    /** How many there are on disk. */
    readonly events: number;
    /** How many of them the newest checkpoint covers. */
    readonly checkpoint: number;
  };
}

/** How many events are read at once on the way back. */
const STEP = 256;

/**
 * Opens a chain for reading alone.
 *
 * @param dir - absolute path of the state directory
 * @throws `CHAIN_ABSENT`, `CHAIN_DAMAGED`, `CHAIN_TRUNCATED`, `CHAIN_REPAIR_UNFINISHED`
 */
export async function readClosedChain(files: Files, dir: string): Promise<ReadableChain> {
  await refuseUnfinishedRepair(files, dir);
  if (!(await chainExists(files, dir))) throw new ChainAbsentError(`${dir} holds no chain`, { details: { dir } });
  const hasKeys = (await files.stat(`${dir}/keys`)) !== undefined;
  const signer = hasKeys ? await fileSigner(files, dir).catch(() => undefined) : undefined;
  const cached = signer === undefined ? undefined : await readCache(files, dir, signer.keys);
  const { state, index, unfinished } = await loadChain(files, dir, cached);
  const source = await redoneSource(filesSource(files, dir));
  const reader = new EventReader(
    source,
    index,
    () => state,
    (sequence) => unfinished.has(sequence),
  );
  return new ClosedChain(reader, { events: state.size, checkpoint: state.checkpointSize });
}

class ClosedChain implements ReadableChain {
  readonly #reader: EventReader;
  readonly #status: ReturnType<ReadableChain["status"]>;

  constructor(reader: EventReader, status: ReturnType<ReadableChain["status"]>) {
    this.#reader = reader;
    this.#status = status;
  }

  status(): ReturnType<ReadableChain["status"]> {
    return this.#status;
  }

  async get(sequence: number): Promise<StoredEvent> {
    for await (const event of this.range(sequence, sequence + 1)) return event;
    const message = `there is no event ${sequence}; the last one on disk is ${this.#status.events - 1}`;
    throw new ChainEventNotFoundError(message, { details: { id: String(sequence) } });
  }

  range(from: number, to: number): AsyncIterable<StoredEvent> {
    return this.#reader.range(from, to);
  }

  async *query(filter: EventFilter): AsyncIterable<StoredEvent> {
    const matches = filterTest(filter);
    const first = filter.from ?? 0;
    const end = Math.min(filter.to ?? this.#status.events, this.#status.events);
    for await (const event of filter.newest === true ? this.#back(first, end) : this.range(first, end)) {
      filter.signal?.throwIfAborted();
      if (matches(event)) yield event;
    }
  }

  /** Ends where the chain ends: nothing is added to it. */
  subscribe(from: number): AsyncIterable<StoredEvent> {
    return this.range(from, this.#status.events);
  }

  async *#back(first: number, end: number): AsyncIterable<StoredEvent> {
    for (let to = end; to > first; to -= STEP) {
      const events: StoredEvent[] = [];
      for await (const event of this.range(Math.max(first, to - STEP), to)) events.unshift(event);
      yield* events;
    }
  }
}
