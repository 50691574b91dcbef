/**
 * One agent through all its starts: its newest start, how often it was started again, and what somebody did to it that a restart does not
 * undo. Most agents have none of the latter, and there may be 10 000: it lies in an object of its own.
 */
import { type BudgetAccountId, type Capabilities, type ExitReason, KERNEL_PID, type Pid } from "@weftos/interface";
import { AgentRights, type Elevation } from "../capability/agent-rights.ts";
import { type Followed, Handle } from "./agent-handle.ts";
import type { ChildSpec } from "./child-spec.ts";
import { RestartIntensity } from "./restart-intensity.ts";
import type { AgentRun } from "./run.ts";

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

  /** What it was given for a time, and has still. */
  get elevations(): readonly Elevation[] {
    return this.#rare?.rights?.elevations ?? [];
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
  get record(): { readonly recovery: ChildSpec["recovery"] } | undefined {
    return this.#rare?.record;
  }

  set record(value: { readonly recovery: ChildSpec["recovery"] }) {
    Child.#rares(this).record = value;
  }

  /** Counts its restarts, through all of them. */
  get intensity(): RestartIntensity {
    const rare = Child.#rares(this);
    rare.intensity ??= new RestartIntensity(this.spec.restart);
    return rare.intensity;
  }

  /** When it was started again lately because it failed, milliseconds UTC. */
  get failureTimes(): readonly number[] {
    return this.#rare?.intensity?.times ?? [];
  }

  /** Whether it is started again after this end. */
  wantsRestart(reason: ExitReason): boolean {
    const { type } = this.spec.restart;
    if (this.ending || type === "temporary") return false;
    return type === "permanent" || this.paused || reason.kind !== "normal";
  }
}
