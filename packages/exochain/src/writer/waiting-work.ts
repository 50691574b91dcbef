// What waits for the next commit. A rotation of keys cuts the line in two: what stands before it goes to the disk first,
// in a commit of its own that ends with the old keys' checkpoint.
import type { ChainSigner } from "../keys/chain-signer.ts";
import { Batch } from "./batch.ts";

/** Somebody who waits. */
export interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Work on the files between two commits. It settles its own promise and never rejects. */
export interface Job {
  readonly run: () => Promise<void>;
  readonly reject: (error: unknown) => void;
}

/** What one commit takes. */
export interface Work {
  readonly batch: Batch | undefined;
  /** Digest records that its events commit to. */
  readonly leaves: readonly Uint8Array[];
  /** Those who want a checkpoint. */
  readonly wishes: readonly Waiter[];
  /** Keys that are in force behind it. */
  readonly next: ChainSigner | undefined;
  readonly jobs: readonly Job[];
}

export class WaitingWork {
  #batch: Batch | undefined;
  #leaves: Uint8Array[] = [];
  #wishes: Waiter[] = [];
  #jobs: Job[] = [];
  #rotation: Work | undefined;

  get empty(): boolean {
    return (
      this.#batch === undefined && this.#rotation === undefined && this.#wishes.length === 0 && this.#jobs.length === 0
    );
  }

  /** Events that wait. */
  get events(): number {
    return (this.#batch?.count ?? 0) + (this.#rotation?.batch?.count ?? 0);
  }

  /** The batch that events are added to now. */
  get batch(): Batch | undefined {
    return this.#batch;
  }

  /** Gives the batch to add to, begun at this sequence if there is none. */
  batchAt(sequence: number): Batch {
    this.#batch ??= new Batch(sequence);
    return this.#batch;
  }

  addLeaves(records: Uint8Array): void {
    this.#leaves.push(records);
  }

  addWish(wish: Waiter): void {
    this.#wishes.push(wish);
  }

  addJob(job: Job): void {
    this.#jobs.push(job);
  }

  /** Ends what waits so far with a change to the next keys. */
  rotate(next: ChainSigner): void {
    this.#rotation = { batch: this.#batch, leaves: this.#leaves, wishes: [], next, jobs: [] };
    this.#batch = undefined;
    this.#leaves = [];
  }

  /** Asks for the checkpoint of a rotation whose event is on disk already. */
  finishRotation(next: ChainSigner, wish: Waiter): void {
    this.#rotation = { batch: undefined, leaves: [], wishes: [wish], next, jobs: [] };
  }

  /** Takes what the next commit holds: up to a rotation of keys, or all. */
  take(): Work {
    const rotation = this.#rotation;
    if (rotation !== undefined) {
      this.#rotation = undefined;
      return rotation;
    }
    const work = { batch: this.#batch, leaves: this.#leaves, wishes: this.#wishes, next: undefined, jobs: this.#jobs };
    this.#batch = undefined;
    this.#leaves = [];
    this.#wishes = [];
    this.#jobs = [];
    return work;
  }

  /** Takes all there is, for it cannot be written. */
  takeAll(): Work[] {
    const all: Work[] = [];
    while (!this.empty) all.push(this.take());
    return all;
  }
}
