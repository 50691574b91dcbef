/**
 * What memory an agent's own thread takes, told by itself. Near the limit the garbage is collected first: V8 would wait with it until its
 * own limit, which lies far above the agent's, and no agent shall be ended for what nobody uses any more.
 */
import process from "node:process";
import { getHeapStatistics, setFlagsFromString } from "node:v8";

/** The part of the limit from which on it is looked at more closely. */
const NEAR = 0.75;

export class ThreadMemory {
  readonly #limitBytes: number;
  /** Bytes from which on the garbage is collected. */
  #nextAt: number;
  /** What the last collection left. */
  #left = 0;
  #collect: (() => void) | undefined;

  /** @param limitBytes - to which the agent is held */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
    this.#nextAt = limitBytes * NEAR;
  }

  /** Bytes of its heap, and of what hangs on it. */
  used(): number {
    const near = this.#limitBytes * NEAR;
    const bytes = inUse();
    if (bytes < near) {
      this.#nextAt = near;
      return bytes;
    }
    // Until half of what was free is taken again, what was left is told: a collection is dear.
    if (bytes < this.#nextAt) return this.#left;
    this.#collect ??= collector();
    // Buffers are let go of beside the collection that finds them, and counted by the next.
    this.#collect();
    this.#collect();
    this.#left = inUse();
    this.#nextAt = Math.max(near, (this.#left + this.#limitBytes) / 2);
    return this.#left;
  }
}

function inUse(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}

/** V8 gives its collector to contexts that are made while the flag is set. */
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  try {
    return process.getBuiltinModule("node:vm").runInNewContext("gc") as () => void;
  } finally {
    setFlagsFromString("--no-expose-gc");
  }
}
