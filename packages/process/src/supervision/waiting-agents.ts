/** Agents between two starts: by the PID they had last, and by who started them, so that an end looks at its own alone. */
import { KERNEL_PID, type Pid } from "@weftos/interface";
import type { Child } from "./child.ts";

export class WaitingAgents {
  readonly #byPid = new Map<Pid, Child>();
  /** Without the kernel's: it outlives them all. */
  readonly #byParent = new Map<Pid, Set<Pid>>();

  get size(): number {
    return this.#byPid.size;
  }

  get(pid: Pid): Child | undefined {
    return this.#byPid.get(pid);
  }

  all(): Iterable<Child> {
    return this.#byPid.values();
  }

  /** Those that a process started. */
  below(parent: Pid): readonly Child[] {
    return [...(this.#byParent.get(parent) ?? [])].flatMap((pid) => this.#byPid.get(pid) ?? []);
  }

  add(pid: Pid, child: Child): void {
    this.#byPid.set(pid, child);
    const { parent } = child.spec;
    if (parent === KERNEL_PID) return;
    const siblings = this.#byParent.get(parent);
    if (siblings === undefined) this.#byParent.set(parent, new Set([pid]));
    else siblings.add(pid);
  }

  delete(pid: Pid): void {
    const parent = this.#byPid.get(pid)?.spec.parent;
    this.#byPid.delete(pid);
    const siblings = parent === undefined ? undefined : this.#byParent.get(parent);
    siblings?.delete(pid);
    if (parent !== undefined && siblings?.size === 0) this.#byParent.delete(parent);
  }
}
