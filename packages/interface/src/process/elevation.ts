import type { Capabilities } from "./capabilities.ts";

/** How to elevate. */
export interface ElevateOptions {
  /** How long, in milliseconds, at most a day. */
  readonly forMs: number;
  /** Why, for the record and for who is asked. */
  readonly reason?: string | undefined;
}

/** How an agent asks for its own elevation. */
export interface OwnElevateOptions extends ElevateOptions {
  /** `reject` (default) fails with `APPROVAL_PENDING` when a person must be asked; `wait` waits for the answer. */
  readonly onDefer?: "reject" | "wait" | undefined;
  /** Id of an approval granted for exactly this. */
  readonly approval?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What an elevated agent holds, and until when (milliseconds UTC). */
export interface Elevated {
  readonly capabilities: Capabilities;
  readonly until: number;
}
