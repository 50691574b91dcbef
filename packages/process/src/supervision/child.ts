/** What a supervisor keeps of one agent through all its starts. */
import type {
  AgencyRole,
  AgentHandle,
  AgentSource,
  BudgetAccountId,
  BudgetAmounts,
  Capabilities,
  ExitReason,
  JsonObject,
  JsonValue,
  Pid,
  ResourceLimits,
  RestartPolicy,
  RunningAgent,
  SpawnOptions,
  SupervisorCause,
} from "@weftos/interface";
import { type AwaitedExit, awaitExit } from "../agent/exit-reason.ts";
import type { ProcessContext } from "../agent/process-context.ts";
import type { EndListener } from "../backends/inline-backend.ts";
import { AgentRights } from "../capability/agent-rights.ts";
import type { ProcessEntry } from "../table/process-entry.ts";
import type { JournalEntry } from "../table/process-journal.ts";
import { type FullRestartPolicy, RestartIntensity } from "./restart-intensity.ts";

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

/** Who is told that the code of a start has ended. */
export interface RunOwner {
  ended(child: Child, run: Run, reason: ExitReason): void;
}

/** One start of an agent, under one PID. */
export class Run implements EndListener {
  readonly entry: ProcessEntry;
  readonly context: ProcessContext;
  readonly #owner: RunOwner;
  readonly #child: Child;
  agent: RunningAgent | undefined;
  /** Who asked it to stop, and a supervisor why; undefined when nobody did. */
  cause: "operator" | SupervisorCause | undefined;
  /** The reason that stands whatever the backend reports: it was killed. */
  forced: ExitReason | undefined;
  /** It has ended, and its place in the journal is kept for the next start. */
  kept = false;
  /** Gives up a start that is under way. */
  abandonStart: ((reason: Error) => void) | undefined;
  /** Who waits for its end; `over` once it came. */
  #waiting: (() => void)[] | "over" | undefined;

  constructor(entry: ProcessEntry, context: ProcessContext, child: Child, owner: RunOwner) {
    this.entry = entry;
    this.context = context;
    this.#child = child;
    this.#owner = owner;
  }

  /** Its code has ended. */
  ended(reason: ExitReason): void {
    this.#owner.ended(this.#child, this, reason);
  }

  get pid(): Pid {
    return this.entry.pid;
  }

  /** Resolves when the process has exited. */
  async finished(): Promise<void> {
    if (this.#waiting === "over") return;
    const waiting = this.#waiting ?? [];
    this.#waiting = waiting;
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
    });
  }

  finish(): void {
    const waiting = this.#waiting;
    if (waiting === "over") return;
    this.#waiting = "over";
    for (const resolve of waiting ?? []) resolve();
  }
}

/** Follows an agent; holds nothing of its specification, so that an old handle keeps no code alive. */
export class Handle implements AgentHandle {
  readonly name: string;
  pid: Pid = 0 as Pid;
  #reason: ExitReason | undefined;
  /** Made when it is asked for: of most agents nobody waits for the end. */
  #exit: AwaitedExit | undefined;

  constructor(name: string) {
    this.name = name;
  }

  get exited(): Promise<ExitReason> {
    this.#exit ??= awaitExit(this.#reason);
    return this.#exit.promise;
  }

  /** Whether it has ended for good. */
  get over(): boolean {
    return this.#reason !== undefined;
  }

  /** The agent has ended for good; the first reason stands. */
  settle(reason: ExitReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
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
  approval?: string | undefined;
  mailboxOf?: Pid | undefined;
  lostPid?: number | undefined;
  settled?: (() => Promise<void>) | undefined;
  restartRequest?: RestartRequest | undefined;
  backoff?: AbortController | undefined;
  intensity?: RestartIntensity;
  rights?: AgentRights;
  record?: { readonly recovery: ChildSpec["recovery"] };
}

export class Child {
  readonly spec: ChildSpec;
  readonly handle: Handle;
  readonly keeper: Keeper | undefined;
  run: Run | undefined;
  /** Restarts so far, manual ones included. */
  restarts = 0;
  /** It was told to end for good. */
  ending = false;
  /** It was started once, so that a failure is one of its own. */
  begun = false;
  /** It was ended because of a sibling, and its keeper starts it again. */
  paused = false;
  /** The budget that all its starts spend; undefined: that of the nearest above. */
  account: BudgetAccountId | undefined;
  #rare: Rare | undefined;

  constructor(spec: ChildSpec, keeper?: Keeper) {
    this.spec = spec;
    this.keeper = keeper;
    this.handle = new Handle(spec.name);
  }

  get #rares(): Rare {
    this.#rare ??= {};
    return this.#rare;
  }

  /** The approval under which it runs. */
  get approval(): string | undefined {
    return this.#rare?.approval;
  }

  set approval(value: string | undefined) {
    if (value === undefined && this.#rare === undefined) return;
    this.#rares.approval = value;
  }

  /** The ended process whose mailbox waits for the next start. */
  get mailboxOf(): Pid | undefined {
    return this.#rare?.mailboxOf;
  }

  set mailboxOf(value: Pid | undefined) {
    if (value === undefined && this.#rare === undefined) return;
    this.#rares.mailboxOf = value;
  }

  /** The PID under which the last kernel lost it. */
  get lostPid(): number | undefined {
    return this.#rare?.lostPid;
  }

  set lostPid(value: number | undefined) {
    if (value === undefined && this.#rare === undefined) return;
    this.#rares.lostPid = value;
  }

  /** What a start waits for once the code was entered. */
  get settled(): (() => Promise<void>) | undefined {
    return this.#rare?.settled;
  }

  set settled(value: (() => Promise<void>) | undefined) {
    if (value === undefined && this.#rare === undefined) return;
    this.#rares.settled = value;
  }

  /** A manual restart that waits for the end of the process. */
  get restartRequest(): RestartRequest | undefined {
    return this.#rare?.restartRequest;
  }

  set restartRequest(value: RestartRequest | undefined) {
    if (value === undefined && this.#rare === undefined) return;
    this.#rares.restartRequest = value;
  }

  /** Cancels the wait before a restart. */
  get backoff(): AbortController | undefined {
    return this.#rare?.backoff;
  }

  set backoff(value: AbortController | undefined) {
    if (value === undefined && this.#rare === undefined) return;
    this.#rares.backoff = value;
  }

  /** What it may do, through its restarts. */
  get rights(): AgentRights {
    const rare = this.#rares;
    rare.rights ??= new AgentRights(this.spec.capabilities);
    return rare.rights;
  }

  /** What it may do now; most agents keep what they began with. */
  get capabilities(): Capabilities {
    return this.#rare?.rights?.held ?? this.spec.capabilities;
  }

  /** What the journal holds of a supervisor, in place of its specification. */
  set record(value: { readonly recovery: ChildSpec["recovery"] }) {
    this.#rares.record = value;
  }

  /** What another kernel must know of it as a child of a supervisor: the budget and the lasting rights it has now. */
  get member(): JournalEntry["member"] {
    const { member } = this.spec;
    if (member === undefined) return undefined;
    const { id, replicaOf: of, added, restart } = member;
    const rights = this.#rare?.rights;
    return { id, of, added, restart, account: this.account, capabilities: rights?.base };
  }

  /** What another kernel needs to start it again, with the budget and the lasting rights it has now. */
  get recovery(): ChildSpec["recovery"] {
    const recovery = this.#rare?.record?.recovery ?? this.spec.recovery;
    const rights = this.#rare?.rights;
    if (recovery === undefined || (rights === undefined && this.account === undefined)) return recovery;
    const options: JsonObject = { ...(recovery.options as JsonObject), ...(this.account && { account: this.account }) };
    if (rights === undefined) return { module: recovery.module, options };
    const capabilities = JSON.parse(JSON.stringify(rights.base)) as JsonValue;
    return { module: recovery.module, options: { ...options, capabilities } };
  }

  /** Counts its restarts, through all of them. */
  get intensity(): RestartIntensity {
    const rare = this.#rares;
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
