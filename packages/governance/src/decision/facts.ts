/** What conditions may ask beyond the request itself. */
import type { Capabilities, Subject } from "@weftos/interface";

/** Facts about subjects, and the time. Each answers at once; one that throws makes the rule fail, which denies. */
export interface Facts {
  /** Milliseconds UTC. */
  now(): number;
  /** Names the account on which a subject's acts are booked; undefined for the kernel; see `accountOf`. */
  account(subject: Subject): string | undefined;
  /** What was booked on an account within a window up to now, in each dimension; see `EffectLedger`. */
  accumulated(account: string, windowMs: number, halfLifeMs: number | undefined): Readonly<Record<string, number>>;
  /** The process of a PID in decimal; undefined when there is none. */
  process(id: string): KnownProcess | undefined;
}

/** What conditions may ask of a process. */
export interface KnownProcess {
  /** Name of the agent. */
  readonly name: string;
  /** PID of who started it; undefined or 0: the kernel. */
  readonly parent?: number | undefined;
  /** Who started it, or the topmost process above it; undefined: the kernel itself. */
  readonly principal?: string | undefined;
  readonly capabilities: Pick<Capabilities, CapabilityFlag>;
}

/** The capability flags that a condition can name. */
export type CapabilityFlag = "canSpawn" | "canIpc" | "canExecTools" | "canNetwork";
