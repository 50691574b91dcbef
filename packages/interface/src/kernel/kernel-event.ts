import type { LogLevel } from "../platform/logger.ts";

/** The phases of a boot, as they are shown: INIT, CONFIG, SERVICES, TREE, AGENTS, NETWORK, ECC, READY. */
export type BootPhase = "init" | "config" | "services" | "tree" | "agents" | "network" | "ecc" | "ready";

/** A line of the kernel's event ring. */
export interface KernelEvent {
  /** Counts from 1 in each kernel, without gaps: a cursor for those who tail. */
  readonly index: number;
  readonly time: number;
  readonly phase: BootPhase;
  readonly level: LogLevel;
  /** The feature that speaks. */
  readonly source: string;
  readonly message: string;
}

/** booting → running → shutting-down → halted; a boot that fails ends in halted. */
export type KernelState = "booting" | "running" | "shutting-down" | "halted";
