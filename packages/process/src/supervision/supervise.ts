/**
 * Makes supervisors: each is a process whose code is a `Group`. It holds the rights of whoever made it and hands its children no
 * more than those. What was approved of the whole tree covers the starts in it, which are the kernel's own act and cite it.
 */
import type {
  AgentContext,
  AgentDefinition,
  AgentHandle,
  JsonObject,
  Logger,
  Pid,
  SupervisedChild,
} from "@weftos/interface";
import { AgentLogger } from "../agent/agent-logger.ts";
import { ProcessNotFoundError, ProcessStateError } from "../process-errors.ts";
import type { ProcessEntry } from "../table/process-entry.ts";
import { addedMember, lostMember } from "./added-member.ts";
import { Child } from "./child.ts";
import { recordOf } from "./child-record.ts";
import type { ChildSpec } from "./child-spec.ts";
import { Group, type GroupHost } from "./group.ts";
import { type Lasting, lastingOf } from "./lasting.ts";
import { everyLost, type Lost } from "./lost.ts";
import { MemberStarts, type SuperviseDeps, type TreePlace } from "./member-starts.ts";
import { fillPolicy } from "./restart-intensity.ts";
import { memberWithCode, SUPERVISOR } from "./shown-spec.ts";
import { type Asker, type CheckedSupervisor, type MemberSpec, readReplicas, replicaIds } from "./supervisor-spec.ts";
import { TreeRecord } from "./tree-record.ts";

/** What a tree asks of its kernel. */
export interface TreeDeps extends SuperviseDeps {
  /** Told of each tree, those below others too. */
  readonly made: (tree: SupervisorTree) => void;
}

/** A supervisor through all its starts. */
export class SupervisorTree {
  readonly child: Child;
  readonly spec: CheckedSupervisor;
  readonly #deps: TreeDeps;
  readonly #approval: string | undefined;
  readonly #record: TreeRecord | undefined;
  readonly #starts: MemberStarts;
  /** Children with replicas, those that were added too. */
  readonly #replicated: Map<string, MemberSpec>;
  /** By their ids, until they are started again. */
  readonly #lost: Map<string, Lost>;
  /** Of the start before, by their ids, until they are made anew. */
  readonly #lasting: Map<string, Lasting>;
  readonly #below = new WeakMap<Child, SupervisorTree>();
  #group: Group | undefined;
  /** That of the newest start. */
  #opened: Promise<void> = Promise.resolve();
  /** Children of the start before, which may outlive a killed supervisor for a moment. */
  #before: Promise<void> = Promise.resolve();

  constructor(spec: CheckedSupervisor, place: TreePlace, approval: string | undefined, deps: TreeDeps) {
    this.spec = spec;
    this.#deps = deps;
    this.#approval = approval;
    this.#replicated = new Map(spec.replicated);
    this.#lost = new Map((place.lost ?? []).map((lost) => [lost.entry.member?.id ?? "", lost]));
    this.#lasting = new Map(place.lasting);
    this.child = new Child(this.#childSpec(place), place.keeper);
    this.child.approval = approval;
    this.child.settled = () => this.#opened;
    deps.made(this);
    this.#record = place.record ?? this.#ownRecord(place.document);
    const nest = (inner: CheckedSupervisor, at: TreePlace): SupervisorTree => {
      const tree = new SupervisorTree(inner, at, this.#approval, this.#deps);
      this.#below.set(tree.child, tree);
      return tree;
    };
    this.#starts = new MemberStarts({ name: spec.name, approval, record: this.#record, nest }, deps);
  }

  children(): readonly SupervisedChild[] {
    return this.#group?.children() ?? [];
  }

  childOf(id: string): AgentHandle | undefined {
    return this.#group?.child(id);
  }

  /** What of its children outlives its start, by the ids under which it was made with them. */
  lasting(): ReadonlyMap<string, Lasting> {
    for (const { spec, child } of this.#group?.members ?? []) {
      if (child === undefined || spec.added !== undefined) continue;
      const lasting = lastingOf(child, this.#below.get(child)?.lasting());
      if (lasting === undefined) this.#lasting.delete(spec.id);
      else this.#lasting.set(spec.id, lasting);
    }
    return this.#lasting;
  }

  /** @param by - who asks, when it is not the kernel */
  async add(given: unknown, by?: Asker): Promise<AgentHandle> {
    const { member: added, replicas } = addedMember(given, this.spec, by);
    const member = await this.#shown(added);
    if (replicas === undefined) {
      const handle = await this.#running.add(member);
      await this.#kept();
      return handle;
    }
    this.#replicated.set(member.id, member);
    await this.#running.scale(member, replicas);
    await this.#kept();
    const first = this.childOf(replicaIds(member.id, 1)[0] ?? "");
    if (first === undefined) throw this.#noReplicas(member.id);
    return first;
  }

  async remove(id: string): Promise<void> {
    const { replicaOf } = await this.#running.remove(id);
    this.#record?.removed(id, replicaOf);
    await this.#kept();
  }

  async scale(id: string, replicas: number, by?: Asker): Promise<void> {
    const member = this.#replicated.get(id);
    if (member === undefined) throw this.#noReplicas(id);
    const wanted = readReplicas(replicas, this.spec.strategy);
    await this.#running.scale(await this.#shown({ ...member, by }), wanted);
    this.#record?.scaled(id, wanted);
    await this.#kept();
  }

  /** A child as an approver is shown it: with its code, where somebody is asked. */
  async #shown(member: MemberSpec): Promise<MemberSpec> {
    return member.by === undefined ? member : await memberWithCode(member, this.#deps.files);
  }

  /** What another kernel must know is on disk. */
  async #kept(): Promise<void> {
    if (this.#record !== undefined) await this.#deps.journal.flushed();
  }

  /** The group of the newest start. @throws PROCESS_STATE while none runs */
  get #running(): Group {
    if (this.#group !== undefined) return this.#group;
    throw this.#wrong(`the supervisor ${this.spec.name} does not run`, "starting");
  }

  #noReplicas(id: string): ProcessStateError {
    return this.#wrong(`the supervisor ${this.spec.name} has no child ${id} with replicas`, "running");
  }

  #wrong(what: string, from: "starting" | "running"): ProcessStateError {
    return new ProcessStateError(what, { details: { pid: this.child.handle.pid, from, to: "running" } });
  }

  #childSpec({ parent, restart, member }: TreePlace): ChildSpec {
    const definition: AgentDefinition<unknown> = {
      kind: "agent",
      name: this.spec.name,
      messages: undefined,
      run: (context) => this.#run(context as AgentContext),
    };
    return {
      kind: SUPERVISOR,
      source: definition,
      name: this.spec.name,
      backend: SUPERVISOR,
      parent: parent.pid,
      principal: parent.principal,
      capabilities: parent.capabilities,
      cutTo: undefined,
      agency: undefined,
      limits: {},
      budget: undefined,
      input: null,
      environment: {},
      mailboxLimit: 64,
      restart: fillPolicy(restart),
      mailbox: "drop",
      shutdownMs: Number.POSITIVE_INFINITY,
      trapExit: false,
      probes: undefined,
      recovery: undefined,
      member,
    };
  }

  #ownRecord(document: JsonObject | undefined): TreeRecord | undefined {
    if (document === undefined) return undefined;
    const { child } = this;
    const record = new TreeRecord(document, () => {
      if (child.run !== undefined && !child.handle.over) this.#deps.journal.changed(recordOf(child));
    });
    child.record = record;
    return record;
  }

  async #run(context: AgentContext): Promise<void> {
    const pid = context.pid as Pid;
    // What a supervisor says the kernel says, and not an agent.
    const log = new AgentLogger(this.#deps.logger, pid, this.spec.name);
    const group = new Group({ name: this.spec.name, pid }, this.spec.strategy, this.#hostFor(pid, log));
    const again = this.#group !== undefined;
    if (again) this.#record?.reset();
    const before = this.#before;
    const opened = before.then(async () => {
      this.lasting();
      this.#group = group;
      await group.open(this.spec.members);
      this.#lasting.clear();
      await this.#addLost(group, log);
    });
    this.#opened = opened;
    context.signal.addEventListener("abort", () => group.stop(), { once: true });
    if (context.signal.aborted) group.stop();
    const running = opened.then(() => group.run());
    this.#before = running.then(
      () => undefined,
      () => undefined,
    );
    this.#answer(context).catch((error: unknown) => {
      log.debug("a supervisor could not answer", { error: error instanceof Error ? error.message : "unknown" });
    });
    try {
      await running;
    } catch (error) {
      // Asked to end while it started its children: that is what it did.
      if (!context.signal.aborted) throw error;
    }
  }

  /** Children that were added to the supervisor of the last kernel are added again; one that cannot be is told, and lost. */
  async #addLost(group: Group, logger: Logger): Promise<void> {
    for (const [id, lost] of [...this.#lost]) {
      try {
        const member = lost.recovering ? lostMember(lost.entry, this.spec) : undefined;
        if (member?.replicaOf !== undefined)
          this.#replicated.set(member.replicaOf, { ...member, id: member.replicaOf });
        if (member !== undefined) await group.add(member);
      } catch (error) {
        const text = error instanceof Error ? error.message : "unknown";
        logger.error("a lost child could not be added again", { child: id, processId: lost.entry.pid, error: text });
      }
      // Whoever was not started again stands for nothing any more.
      if (!this.#lost.delete(id)) continue;
      for (const { entry } of everyLost([lost])) this.#deps.journal.ended(entry.pid);
    }
  }

  /** Answers each request with the list of its children. */
  async #answer(context: AgentContext): Promise<void> {
    for await (const message of context.inbox) {
      if (message.deadline === undefined) continue;
      const rows = this.children().map((child) => ({ ...child, pid: child.pid ?? null }));
      await context.reply(message, rows);
    }
  }

  #hostFor(pid: Pid, logger: Logger): GroupHost {
    const { supervisor, clock } = this.#deps;
    return {
      logger,
      prepare: async (member, keeper) => {
        const before = { lost: this.#lost.get(member.id), lasting: this.#lasting.get(member.id) };
        const child = await this.#starts.prepare(member, this.#entry(pid), keeper, before);
        this.#lost.delete(member.id);
        return child;
      },
      start: (child, member) => this.#starts.start(child, pid, member),
      startAgain: (child, backoffMs) => supervisor.startAgain(child, backoffMs),
      pause: (child) => supervisor.pauseChild(child),
      end: (child, cause) => supervisor.endChild(child, cause),
      ready: (child) => supervisor.ready(child),
      sleep: (ms, signal) => clock.sleep(ms, { signal }),
    };
  }

  #entry(pid: Pid): ProcessEntry {
    const entry = this.#deps.table.entry(pid);
    if (entry !== undefined) return entry;
    throw new ProcessNotFoundError(`there is no process ${pid}`, { details: { pid } });
  }
}
