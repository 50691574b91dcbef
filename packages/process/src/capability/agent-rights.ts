/** What an agent may do through its restarts: for good, and for a time on top. Only agents whose rights have changed have one. */
import type { Capabilities, CapabilityRequest } from "@weftos/interface";

/** Rights for a time. */
export interface Elevation {
  rights: CapabilityRequest;
  /** When it ends, milliseconds UTC. */
  readonly until: number;
}

export class AgentRights {
  /** What it keeps when its elevations have ended. */
  base: Capabilities;
  /** What it may do now. */
  held: Capabilities;
  elevations: readonly Elevation[] = [];

  constructor(first: Capabilities) {
    this.base = first;
    this.held = first;
  }
}
