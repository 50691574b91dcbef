/** Who started whom, among the living: the end of a process is the end of its children. */
import { KERNEL_PID, type Pid } from "@weftos/interface";

/** Live children by parent, without the kernel's: it outlives them all. */
export class Family {
  readonly #childrenOf = new Map<Pid, Set<Pid>>();

  adopt(parent: Pid, pid: Pid): void {
    if (parent === KERNEL_PID) return;
    const children = this.#childrenOf.get(parent);
    if (children === undefined) this.#childrenOf.set(parent, new Set([pid]));
    else children.add(pid);
  }

  disown(parent: Pid, pid: Pid): void {
    const children = this.#childrenOf.get(parent);
    if (children === undefined) return;
    children.delete(pid);
    if (children.size === 0) this.#childrenOf.delete(parent);
  }

  /** The live children of a process, the youngest first. */
  childrenOf(pid: Pid): readonly Pid[] {
    return [...(this.#childrenOf.get(pid) ?? [])].sort((left, right) => right - left);
  }
}
