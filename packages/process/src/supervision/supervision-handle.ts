/** What the maker of a supervisor holds: follows it through its restarts and changes its children. */
import type {
  AgentChild,
  AgentHandle,
  ExitReason,
  Pid,
  SupervisedChild,
  SupervisorChild,
  SupervisorHandle,
} from "@weftos/interface";
import { ProcessStateError } from "../process-errors.ts";
import type { SupervisorTree } from "./supervise.ts";
import { readChild, readReplicas, replicaIds } from "./supervisor-spec.ts";

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
    const { member, replicas } = readChild(child, this.#tree.spec);
    if (replicas === undefined) return await this.#tree.group.add(member);
    await this.#tree.group.scale(member, replicas);
    const first = this.child(replicaIds(member.id, 1)[0] ?? "");
    if (first === undefined) throw this.#noChild(member.id);
    return first;
  }

  async remove(id: string): Promise<void> {
    await this.#tree.group.remove(id);
  }

  async scale(id: string, replicas: number): Promise<void> {
    const member = this.#tree.spec.replicated.get(id);
    if (member === undefined) throw this.#noChild(id);
    await this.#tree.group.scale(member, readReplicas(replicas, this.#tree.spec.strategy));
  }

  #noChild(id: string): ProcessStateError {
    return new ProcessStateError(`the supervisor ${this.name} has no child ${id} with replicas`, {
      details: { pid: this.pid, from: "running", to: "running" },
    });
  }
}
