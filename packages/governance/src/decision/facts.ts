/** What conditions may ask beyond the request itself. */
import type { Capabilities, Subject } from "@weftos/interface";

/** Facts about subjects, and the time. Each answers at once; one that throws makes the rule fail, which denies. */
export interface Facts {
  /** Milliseconds UTC. */
  now(): number;
  /** What a subject did within a window up to now, in each dimension; see `EffectLedger`. */
  accumulated(subject: Subject, windowMs: number, halfLifeMs: number | undefined): Readonly<Record<string, number>>;
  /** The process of a PID in decimal; undefined when there is none. */
  process(id: string): { readonly name: string; readonly capabilities: Pick<Capabilities, CapabilityFlag> } | undefined;
}

/** The capability flags that a condition can name. */
export type CapabilityFlag = "canSpawn" | "canIpc" | "canExecTools" | "canNetwork";
