/** Names the events that a feature reads again at every boot, so that a chain does not lose what its kernel stands on. */
import type { Port } from "../feature/port.ts";

/** Patterns of kinds of events whose payload must not be redacted; a pattern may end in `*`. */
export type KeptEvents = readonly string[];

export const keptEvents: Port<KeptEvents, "many"> = { name: "KeptEvents", arity: "many" };
