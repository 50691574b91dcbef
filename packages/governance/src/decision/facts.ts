/** What conditions may ask beyond the request itself. */
import type { Capabilities } from "@weftos/interface";

/** Facts about subjects, and the time. Each answers at once; one that throws makes the rule fail, which denies. */
export interface Facts {
  /** Milliseconds UTC. */
  now(): number;
  /** The process of a PID in decimal; undefined when there is none. */
  process(id: string): { readonly name: string; readonly capabilities: Pick<Capabilities, CapabilityFlag> } | undefined;
}

/** The capability flags that a condition can name. */
export type CapabilityFlag = "canSpawn" | "canIpc" | "canExecTools" | "canNetwork";
