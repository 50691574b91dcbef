/**
 * One run of a supervisor: starts its children in order, starts again what fails, by its strategy, and stops them in reverse.
 * Everything that changes the group happens one after the other. Which failure is one too many is counted for each child; then
 * the group stops its children and fails itself, which its own supervisor sees as a crash.
 */
import {
  type AgentHandle,
  type Logger,
  type Pid,
  type SupervisedChild,
  type SupervisionStrategy,
  WeftError,
} from "@weftos/interface";
import { ProcessRestartsExhaustedError, ProcessStateError, ProcessStoppedError } from "../process-errors.ts";
import type { Child, Keeper } from "./child.ts";
import { MAX_CHILDREN, type MemberSpec, replicaIds } from "./supervisor-spec.ts";

/** What a group asks of the kernel's supervisor. */
export interface GroupHost {
  readonly logger: Logger;
  /** Makes the child of a specification, its rights cut to what the group's owner holds. */
  prepare(member: MemberSpec, keeper: Keeper): Promise<Child>;
  /** Starts it, guarded. */
  start(child: Child, member: MemberSpec): Promise<void>;
  startAgain(child: Child, backoffMs: number): Promise<boolean>;
  pause(child: Child): Promise<void>;
  end(child: Child, cause: "supervisor" | "scale"): Promise<void>;
  /** Waits until it is ready. @returns false when it ended, or was ended for taking too long */
  ready(child: Child): Promise<boolean>;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** A child as its group holds it; undefined before it was made. */
export interface Member {
  readonly spec: MemberSpec;
  child: Child | undefined;
}

export class Group implements Keeper {
  readonly together: boolean;
  readonly #name: string;
  readonly #pid: Pid;
  readonly #dynamic: boolean;
  readonly #wholeFrom: "first" | "failed";
  readonly #host: GroupHost;
  readonly #members: Member[] = [];
  readonly #closing = new AbortController();
  #work: Promise<void> = Promise.resolve();
  #failure: Error | undefined;
  #end: (() => void) | undefined;
  /** Failures that wait for the strategy, with their waits. */
  readonly #failed = new Map<Child, number>();
  readonly #ended: Promise<void>;

  constructor(owner: { readonly name: string; readonly pid: Pid }, strategy: SupervisionStrategy, host: GroupHost) {
    this.#name = owner.name;
    this.#pid = owner.pid;
    this.#dynamic = strategy === "dynamic";
    this.together = strategy === "one-for-all" || strategy === "rest-for-one";
    this.#wholeFrom = strategy === "one-for-all" ? "first" : "failed";
    this.#host = host;
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Starts the children in order; one that fails stops those before it. */
  async open(specs: readonly MemberSpec[]): Promise<void> {
    await this.#serially(async () => {
      for (const spec of specs) await this.#startMember(spec);
    }).catch(async (error: unknown) => {
      await this.close();
      throw error;
    });
  }

  /** Resolves when the group was closed; rejects when it gave up. */
  async run(): Promise<void> {
    await this.#ended;
    await this.close();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Stops all children, the last first; nothing is started from now on. */
  async close(): Promise<void> {
    this.stop();
    await this.#serially(async () => {
      for (const { child } of [...this.#members].reverse()) {
        if (child !== undefined) await this.#host.end(child, "supervisor");
      }
    });
  }

  /** Ends the group at its owner's wish. */
  stop(): void {
    if (this.#closing.signal.aborted) return;
    const details = { pid: this.#pid };
    this.#closing.abort(new ProcessStoppedError(`the supervisor ${this.#name} was stopped`, { details }));
    this.#end?.();
  }

  failed(child: Child, backoffMs: number): void {
    this.#failed.set(child, backoffMs);
    this.#inBackground(() => this.#startTogether());
  }

  gone(child: Child, exhausted: boolean): void {
    this.#failed.delete(child);
    if (this.#closing.signal.aborted) return;
    if (exhausted) this.#giveUp(child);
    else if (this.#dynamic) this.#forget(child);
  }

  children(): readonly SupervisedChild[] {
    return this.#members.map(({ spec: { id }, child }) => {
      const entry = child?.run;
      const over = child === undefined || child.ending || child.handle.over;
      const live = entry !== undefined && entry.state !== "exited";
      return {
        id,
        pid: entry?.pid,
        state: live ? (entry.state === "starting" ? "starting" : "running") : over ? "ended" : "waiting",
        ready: live && entry.ready,
        restarts: child?.restarts ?? 0,
      };
    });
  }

  /** All, in their order; those that ended too until they are taken out. */
  get members(): readonly Readonly<Member>[] {
    return this.#members;
  }

  child(id: string): AgentHandle | undefined {
    return this.#members.find(({ spec }) => spec.id === id)?.child?.handle;
  }

  async add(spec: MemberSpec): Promise<AgentHandle> {
    return await this.#serially(async () => {
      this.#assertOpen();
      if (this.#members.some((member) => member.spec.id === spec.id))
        throw this.#wrong(`has a child ${spec.id} already`);
      if (this.#members.length >= MAX_CHILDREN) throw this.#wrong(`has ${MAX_CHILDREN} children, which is the limit`);
      return (await this.#startMember(spec)).handle;
    });
  }

  /** @returns what it was */
  async remove(id: string): Promise<MemberSpec> {
    return await this.#serially(async () => {
      this.#assertOpen();
      const member = this.#members.find(({ spec }) => spec.id === id);
      if (member === undefined) throw this.#wrong(`has no child ${id}`);
      if (member.child !== undefined) await this.#host.end(member.child, "supervisor");
      this.#drop(member);
      return member.spec;
    });
  }

  /** Brings the replicas of a child to a number: starts what is missing, stops the youngest of what is too many. */
  async scale(spec: MemberSpec, replicas: number): Promise<void> {
    await this.#serially(async () => {
      this.#assertOpen();
      const wanted = replicaIds(spec.id, replicas);
      const held = this.#members.filter((member) => member.spec.replicaOf === spec.id);
      for (const member of held.reverse()) {
        if (wanted.includes(member.spec.id)) continue;
        if (member.child !== undefined) await this.#host.end(member.child, "scale");
        this.#drop(member);
      }
      for (const id of wanted) {
        if (!this.#members.some((member) => member.spec.id === id)) {
          await this.#startMember({ ...spec, id, replicaOf: spec.id });
        }
      }
    });
  }

  async #startMember(spec: MemberSpec): Promise<Child> {
    this.#closing.signal.throwIfAborted();
    const member: Member = { spec, child: undefined };
    this.#members.push(member);
    try {
      const child = await this.#host.prepare(spec, this);
      member.child = child;
      await this.#unlessClosing(this.#host.start(child, spec));
      if (!(await this.#unlessClosing(this.#host.ready(child)))) {
        await this.#host.end(child, "supervisor");
        throw this.#wrong(`could not start ${spec.id}: it did not become ready`);
      }
      return child;
    } catch (error) {
      if (this.#closing.signal.aborted && member.child !== undefined) await this.#host.end(member.child, "supervisor");
      this.#drop(member);
      // Who ends before it has started fails for no other reason.
      this.#closing.signal.throwIfAborted();
      throw error;
    }
  }

  /** Stops who is concerned by the failures, the last first, waits, and starts them again in order. */
  async #startTogether(): Promise<void> {
    while (this.#failed.size > 0 && !this.#closing.signal.aborted) {
      const firstFailed = this.#members.findIndex(({ child }) => child !== undefined && this.#failed.has(child));
      const backoffMs = Math.max(...this.#failed.values());
      this.#failed.clear();
      if (firstFailed < 0) return;
      const concerned = this.#members.slice(this.#wholeFrom === "first" ? 0 : firstFailed);
      for (const { child } of [...concerned].reverse()) if (child !== undefined) await this.#host.pause(child);
      await this.#host.sleep(backoffMs, this.#closing.signal);
      for (const { child } of concerned) {
        if (child?.paused !== true || child.ending || child.handle.over) continue;
        // A start that fails is told by `failed` or `gone`, and the round begins again from there.
        if (!(await this.#unlessClosing(this.#host.startAgain(child, backoffMs)))) break;
        if (!(await this.#unlessClosing(this.#host.ready(child)))) break;
      }
    }
  }

  /** Waits for a child as long as the group is open: what is loaded, approved or probed then is nobody's. */
  async #unlessClosing<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#closing;
    let closed = (): void => undefined;
    const closing = new Promise<never>((_, reject) => {
      closed = () => reject(signal.reason);
      signal.addEventListener("abort", closed, { once: true });
    });
    try {
      if (signal.aborted) closed();
      return await Promise.race([work, closing]);
    } finally {
      signal.removeEventListener("abort", closed);
    }
  }

  #giveUp(child: Child): void {
    const { name } = child.spec;
    const { maxRestarts, withinMs } = child.spec.restart;
    this.#failure ??= new ProcessRestartsExhaustedError(
      `${this.#name} gives up: ${name} failed more than ${maxRestarts} times within ${withinMs} ms`,
      { details: { supervisor: this.#name, child: name, maxRestarts, withinMs } },
    );
    this.stop();
  }

  #forget(child: Child): void {
    const member = this.#members.find((other) => other.child === child);
    if (member !== undefined) this.#drop(member);
  }

  #drop(member: Member): void {
    const index = this.#members.indexOf(member);
    if (index >= 0) this.#members.splice(index, 1);
  }

  #assertOpen(): void {
    if (this.#closing.signal.aborted) throw this.#wrong("ends");
  }

  #wrong(what: string): ProcessStateError {
    return new ProcessStateError(`the supervisor ${this.#name} ${what}`, {
      details: { pid: this.#pid, from: "running", to: "running" },
    });
  }

  async #serially<T>(step: () => Promise<T>): Promise<T> {
    const before = this.#work;
    const result = before.then(step);
    this.#work = result.then(
      () => undefined,
      () => undefined,
    );
    return await result;
  }

  #inBackground(step: () => Promise<void>): void {
    this.#serially(step).catch((error: unknown) => {
      if (this.#closing.signal.aborted) return;
      // Nothing of a restart may fail silently: the group fails as a whole.
      this.#host.logger.error("a supervisor could not start its children again", { supervisor: this.#name });
      this.#failure ??= error instanceof WeftError ? error : new Error("a restart failed", { cause: error });
      this.stop();
    });
  }
}
