/**
 * Which PIDs agents had before: a restart, or another kernel, gives an agent a new one, and a message scope that names the old one means
 * the agent. The oldest moves are forgotten, so that agents that restart for years take no memory.
 */
import type { Capabilities, CapabilityRequest, Pid } from "@weftos/interface";

const MAX_MOVES = 10_000;

export class ScopeMoves {
  readonly #moves = new Map<Pid, Pid>();

  /** An agent has a new PID. */
  moved(from: Pid, to: Pid): void {
    this.#moves.set(from, to);
    for (const oldest of this.#moves.keys()) {
      if (this.#moves.size <= MAX_MOVES) return;
      this.#moves.delete(oldest);
    }
  }

  /** Gives rights whose scope names agents by the PIDs that they have now; the same object when it does. */
  follow<Rights extends Capabilities | CapabilityRequest>(rights: Rights): Rights {
    const { ipcScope } = rights;
    if (ipcScope?.kind !== "restricted" || !ipcScope.pids.some((pid) => this.#moves.has(pid))) return rights;
    const pids = [...new Set(ipcScope.pids.map((pid) => this.now(pid)))];
    return { ...rights, ipcScope: { ...ipcScope, pids } };
  }

  /** The PID that an agent has now which had this one. */
  now(pid: Pid): Pid {
    let now = pid;
    for (let next = this.#moves.get(now); next !== undefined; next = this.#moves.get(now)) now = next;
    return now;
  }
}
