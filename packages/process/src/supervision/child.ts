/** What a supervisor keeps of one agent through all its starts. */
import {
  type AgencyRole,
  type AgentHandle,
  type AgentSource,
  type BudgetAccountId,
  type BudgetAmounts,
  type Capabilities,
  type ExitReason,
  type JsonObject,
  type JsonValue,
  KERNEL_PID,
  type Pid,
  type ResourceLimits,
  type RestartPolicy,
  type SpawnOptions,
} from "@weftos/interface";
import { type AwaitedExit, awaitExit } from "../agent/exit-reason.ts";
import { AgentRights } from "../capability/agent-rights.ts";
import type { JournalEntry } from "../table/process-journal.ts";
import { type FullRestartPolicy, RestartIntensity } from "./restart-intensity.ts";
import type { AgentRun } from "./run.ts";

/** The place of a child under a supervisor that another kernel starts again. */
export interface MemberPlace {
  readonly id: string;
  /** The child of which it is one replica. */
  readonly replicaOf: string | undefined;
  /** It is not in the supervisor's specification, but came later. */
  readonly added: boolean;
  /** Of a supervisor that was added. */
  readonly restart: RestartPolicy | undefined;
}

/** How an agent is started, the first time and every time again. */
export interface ChildSpec {
  readonly kind: "agent" | "supervisor";
  readonly source: AgentSource;
  readonly name: string;
  readonly backend: string;
  readonly parent: Pid;
  /** Who started it, or the topmost process above it, through all its starts; undefined: the kernel itself. */
  readonly principal?: string | undefined;
  /** What it may do at first. */
  readonly capabilities: Capabilities;
  /** The rights above it to which these were cut; undefined for the kernel's own. */
  readonly cutTo: Capabilities | undefined;
  readonly agency: AgencyRole | undefined;
  readonly limits: ResourceLimits;
  /** What all its starts together may spend. */
  readonly budget: BudgetAmounts | undefined;
  readonly input: JsonValue;
  readonly environment: Readonly<Record<string, string>>;
  readonly mailboxLimit: number;
  readonly mailboxPolicy?: SpawnOptions["mailboxPolicy"];
  readonly restart: FullRestartPolicy;
  readonly mailbox: "keep" | "drop";
  /** How long it may take to end when asked; undefined: as long as the kernel says. */
  readonly shutdownMs: number | undefined;
  readonly trapExit: boolean;
  readonly probes: SpawnOptions["probes"];
  readonly profile?: SpawnOptions["profile"];
  /** Topics it receives from each start on. */
  readonly topics?: SpawnOptions["topics"];
  /** What another kernel needs to start it again after a crash of this one; undefined when it is not to. */
  readonly recovery: { readonly module: string; readonly options: JsonValue } | undefined;
  /** Undefined when nothing above it is started again by another kernel. */
  readonly member?: MemberPlace | undefined;
}

/** Who decides what becomes of an agent whose process ended: its supervisor. */
export interface Keeper {
  /** Whether a failure concerns siblings too, so that the keeper itself starts them again. */
  readonly together: boolean;
  /** It failed and may be started again after a wait; told only when `together`. */
  failed(child: Child, backoffMs: number): void;
  /** It ended for good; `exhausted` when it failed too often. */
  gone(child: Child, exhausted: boolean): void;
}

/** A start of an agent. */
export type Run = AgentRun<Child>;

/** What a handle says of an agent. */
interface Followed {
  readonly name: string;
  readonly pid: Pid;
  /** Why it ended for good. */
  readonly over: ExitReason | undefined;
}

/** Follows an agent; holds nothing of it once it has ended, so that an old handle keeps no code alive. */
export class Handle implements AgentHandle {
  #of: Followed;
  /** Made when it is asked for: of most agents nobody waits for the end. */
  #exit: AwaitedExit | undefined;

  constructor(of: Followed) {
    this.#of = of;
  }

  get name(): string {
    return this.#of.name;
  }

  get pid(): Pid {
    return this.#of.pid;
  }

  get exited(): Promise<ExitReason> {
    this.#exit ??= awaitExit(this.#of.over);
    return this.#exit.promise;
  }

  /** Whether it has ended for good. */
  get over(): boolean {
    return this.#of.over !== undefined;
  }

  /** The agent has ended for good; the first reason stands. */
  settle(reason: ExitReason): void {
    if (this.over) return;
    const { name, pid } = this.#of;
    this.#of = { name, pid, over: reason };
    this.#exit?.resolve(reason);
  }
}

/** A manual restart that waits for the old process to end. */
export interface RestartRequest {
  readonly done: (pid: Pid) => void;
  readonly failed: (reason: unknown) => void;
}

/** What most agents never have. */
interface Rare {
  restarts?: number;
  keeper?: Keeper | undefined;
  paused?: boolean;
  suspended?: boolean;
  account?: BudgetAccountId | undefined;
  approval?: string | undefined;
  code?: string | undefined;
  mailboxOf?: Pid | undefined;
  lostPid?: number | undefined;
  settled?: (() => Promise<void>) | undefined;
  restartRequest?: RestartRequest | undefined;
  backoff?: AbortController | undefined;
  intensity?: RestartIntensity;
  rights?: AgentRights;
  record?: { readonly recovery: ChildSpec["recovery"] };
}

export class Child implements Followed {
  readonly spec: ChildSpec;
  readonly handle: Handle;
  run: Run | undefined;
  /** It was told to end for good. */
  ending = false;
  /** It was started once, so that a failure is one of its own. */
  begun = false;
  #rare: Rare | undefined;

  constructor(spec: ChildSpec, keeper?: Keeper) {
    this.spec = spec;
    this.handle = new Handle(this);
    this.#rare = keeper && { keeper };
  }

  /** Static: a private method of objects costs each of them a field. */
  static #rares(child: Child): Rare {
    child.#rare ??= {};
    return child.#rare;
  }

  /** Restarts so far, manual ones included. */
  get restarts(): number {
    return this.#rare?.restarts ?? 0;
  }

  set restarts(restarts: number) {
    Child.#rares(this).restarts = restarts;
  }

  get name(): string {
    return this.spec.name;
  }

  /** Its last PID; 0 before the first. */
  get pid(): Pid {
    return this.run?.pid ?? KERNEL_PID;
  }

  /** While it is one, it has not ended for good. */
  get over(): undefined {
    return undefined;
  }

  get keeper(): Keeper | undefined {
    return this.#rare?.keeper;
  }

  /** It was ended because of a sibling, and its keeper starts it again. */
  get paused(): boolean {
    return this.#rare?.paused === true;
  }

  set paused(paused: boolean) {
    if (paused !== this.paused) Child.#rares(this).paused = paused;
  }

  /** What is sent to it waits, whichever of its starts runs. */
  get suspended(): boolean {
    return this.#rare?.suspended === true;
  }

  set suspended(suspended: boolean) {
    if (suspended !== this.suspended) Child.#rares(this).suspended = suspended;
  }

  /** The budget that all its starts spend; undefined: that of the nearest above. */
  get account(): BudgetAccountId | undefined {
    return this.#rare?.account;
  }

  set account(account: BudgetAccountId | undefined) {
    if (account !== this.account) Child.#rares(this).account = account;
  }

  /** The approval under which it runs. */
  get approval(): string | undefined {
    return this.#rare?.approval;
  }

  set approval(value: string | undefined) {
    if (value === undefined && this.#rare === undefined) return;
    Child.#rares(this).approval = value;
  }

  /** Digest of its module as it was approved: it is started with no other. */
  get code(): string | undefined {
    return this.#rare?.code;
  }

  set code(value: string | undefined) {
    if (value === undefined && this.#rare === undefined) return;
    Child.#rares(this).code = value;
  }

  /** The ended process whose mailbox waits for the next start. */
  get mailboxOf(): Pid | undefined {
    return this.#rare?.mailboxOf;
  }

  set mailboxOf(value: Pid | undefined) {
    if (value === undefined && this.#rare === undefined) return;
    Child.#rares(this).mailboxOf = value;
  }

  /** The PID under which the last kernel lost it. */
  get lostPid(): number | undefined {
    return this.#rare?.lostPid;
  }

  set lostPid(value: number | undefined) {
    if (value === undefined && this.#rare === undefined) return;
    Child.#rares(this).lostPid = value;
  }

  /** What a start waits for once the code was entered. */
  get settled(): (() => Promise<void>) | undefined {
    return this.#rare?.settled;
  }

  set settled(value: (() => Promise<void>) | undefined) {
    if (value === undefined && this.#rare === undefined) return;
    Child.#rares(this).settled = value;
  }

  /** A manual restart that waits for the end of the process. */
  get restartRequest(): RestartRequest | undefined {
    return this.#rare?.restartRequest;
  }

  set restartRequest(value: RestartRequest | undefined) {
    if (value === undefined && this.#rare === undefined) return;
    Child.#rares(this).restartRequest = value;
  }

  /** Cancels the wait before a restart. */
  get backoff(): AbortController | undefined {
    return this.#rare?.backoff;
  }

  set backoff(value: AbortController | undefined) {
    if (value === undefined && this.#rare === undefined) return;
    Child.#rares(this).backoff = value;
  }

  /** What it may do, through its restarts. */
  get rights(): AgentRights {
    const rare = Child.#rares(this);
    rare.rights ??= new AgentRights(this.spec.capabilities);
    return rare.rights;
  }

  /** It begins with rights that are not those of its specification, and must be told to whoever makes it anew. */
  beginsChanged(): void {
    Child.#rares(this).rights ??= new AgentRights(this.spec.capabilities);
  }

  /** What it may do now; most agents keep what they began with. */
  get capabilities(): Capabilities {
    return this.#rare?.rights?.held ?? this.spec.capabilities;
  }

  /** Its lasting rights where somebody changed them; undefined while they are those of its specification. */
  get changedRights(): Capabilities | undefined {
    return this.#rare?.rights?.base;
  }

  /** What the journal holds of a supervisor, in place of its specification. */
  set record(value: { readonly recovery: ChildSpec["recovery"] }) {
    Child.#rares(this).record = value;
  }

  /** What another kernel must know of it as a child of a supervisor: the budget and the lasting rights it has now. */
  get member(): JournalEntry["member"] {
    const { member } = this.spec;
    if (member === undefined) return undefined;
    const { id, replicaOf: of, added, restart } = member;
    return { id, of, added, restart, account: this.account, capabilities: this.changedRights };
  }

  /** What the journal keeps of it. */
  get journalled(): JournalEntry {
    const { spec, handle, restarts, recovery, member } = this;
    const suspended = this.suspended || undefined;
    const { name, parent, principal } = spec;
    return {
      pid: handle.pid,
      name,
      parent,
      restarts,
      recovery,
      member,
      suspended,
      failures: this.#failures,
      principal,
    };
  }

  get #failures(): JournalEntry["failures"] {
    const { kind, backend, restart } = this.spec;
    const times = this.#rare?.intensity?.times ?? [];
    const inKernel = kind === "agent" && backend === "inline";
    if ((this.spec.recovery ?? this.spec.member) === undefined || (times.length === 0 && !inKernel)) return undefined;
    return { times, maxRestarts: restart.maxRestarts, withinMs: restart.withinMs, inKernel };
  }

  /** What another kernel needs to start it again, with the budget and the lasting rights it has now, and the code that was approved. */
  get recovery(): ChildSpec["recovery"] {
    const recovery = this.#rare?.record?.recovery ?? this.spec.recovery;
    const { account, code, changedRights } = this;
    if (recovery === undefined || (changedRights === undefined && account === undefined && code === undefined))
      return recovery;
    const options: JsonObject = {
      ...(recovery.options as JsonObject),
      ...(account && { account }),
      ...(code && { code }),
    };
    if (changedRights === undefined) return { module: recovery.module, options };
    const capabilities = JSON.parse(JSON.stringify(changedRights)) as JsonValue;
    return { module: recovery.module, options: { ...options, capabilities } };
  }

  /** Counts its restarts, through all of them. */
  get intensity(): RestartIntensity {
    const rare = Child.#rares(this);
    rare.intensity ??= new RestartIntensity(this.spec.restart);
    return rare.intensity;
  }

  /** Whether it is started again after this end. */
  wantsRestart(reason: ExitReason): boolean {
    const { type } = this.spec.restart;
    if (this.ending || type === "temporary") return false;
    return type === "permanent" || this.paused || reason.kind !== "normal";
  }
}
