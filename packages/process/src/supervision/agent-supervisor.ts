/** A supervisor as the agent that started it holds it: what it adds is asked for in its own name, each time. */
import type {
  AgentChild,
  AgentHandle,
  ExitReason,
  OwnSupervisor,
  Pid,
  SupervisedChild,
  SupervisorChild,
} from "@weftos/interface";
import type { SupervisorTree } from "./supervise.ts";
import type { Asker } from "./supervisor-spec.ts";

export class AgentSupervisor implements OwnSupervisor {
  readonly #tree: SupervisorTree;
  readonly #by: Asker;
  readonly #free: () => Promise<void>;

  /** @param free - what each change waits for: that the agent may act */
  constructor(tree: SupervisorTree, by: Asker, free: () => Promise<void>) {
    this.#tree = tree;
    this.#by = by;
    this.#free = free;
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

  async children(): Promise<readonly SupervisedChild[]> {
    return this.#tree.children();
  }

  async add(child: AgentChild | SupervisorChild): Promise<AgentHandle> {
    await this.#free();
    return await this.#tree.add(child, this.#by);
  }

  async remove(id: string): Promise<void> {
    await this.#free();
    await this.#tree.remove(id);
  }

  async scale(id: string, replicas: number): Promise<void> {
    await this.#free();
    await this.#tree.scale(id, replicas, this.#by);
  }
}
