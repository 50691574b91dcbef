/** What a host, a method or a console reads of the kernel's log, and how it changes levels. */
import type { EventSource, KernelEvent } from "@weftos/interface";
import type { EventFilter, EventRing } from "./event-ring.ts";
import type { LogOutput } from "./log-output.ts";

/** The kernel's event ring and log levels. */
export interface KernelLogs {
  /** Index of the newest event: a cursor for `since`. */
  readonly last: number;
  /** Gives the newest events, oldest first; at most 1024 are kept. */
  tail(filter?: EventFilter): readonly KernelEvent[];
  /** Gives the events after a cursor that are still kept. */
  since(index: number, filter?: EventFilter): readonly KernelEvent[];
  /** Calls back with each new event. @returns a function that ends it */
  subscribe(listener: (event: KernelEvent) => void): () => void;
  /** The levels in force, as {@link setLevels} takes them. */
  readonly levels: string;
  /**
   * Changes log levels: `debug` for all, `ipc=trace,process=debug` for some; what is not named stays.
   *
   * @throws `KERNEL_LOG_LEVELS`
   */
  setLevels(levels: string): void;
}

/** Joins ring, subscription and levels. */
export function kernelLogs(
  ring: EventRing,
  events: EventSource<{ "kernel:event-logged": KernelEvent }>,
  output: LogOutput,
): KernelLogs {
  return {
    get last() {
      return ring.last;
    },
    tail: (filter) => ring.tail(filter),
    since: (index, filter) => ring.since(index, filter),
    subscribe: (listener) => events.on("kernel:event-logged", listener),
    get levels() {
      return output.levels;
    },
    setLevels: (levels) => output.setLevels(levels),
  };
}
