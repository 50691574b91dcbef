/** What the program that made a supervisor holds: follows it through its restarts and changes its children. */
import type {
  AgentChild,
  AgentHandle,
  ExitReason,
  Pid,
  SupervisedChild,
  SupervisorChild,
  SupervisorHandle,
} from "@weftos/interface";
import type { SupervisorTree } from "./supervise.ts";

export class SupervisionHandle implements SupervisorHandle {
  readonly #tree: SupervisorTree;

  constructor(tree: SupervisorTree) {
    this.#tree = tree;
  }

  get pid(): Pid {
    return this.#tree.child.handle.pid;
  }

  get name(): string {
    return this.#tree.spec.name;
  }

  get exited(): Promise<ExitReason> {
    return this.#tree.child.handle.exited;
  }

  children(): readonly SupervisedChild[] {
    return this.#tree.children();
  }

  child(id: string): AgentHandle | undefined {
    return this.#tree.childOf(id);
  }

  async add(child: AgentChild | SupervisorChild): Promise<AgentHandle> {
    return await this.#tree.add(child);
  }

  async remove(id: string): Promise<void> {
    await this.#tree.remove(id);
  }

  async scale(id: string, replicas: number): Promise<void> {
    await this.#tree.scale(id, replicas);
  }
}
