import type { AgentHandle, RestartPolicy, SpawnOptions } from "./spawn.ts";

/**
 * Whom a failure takes along, as in Erlang/OTP. `one-for-one`: the failed child alone; `one-for-all`: all children;
 * `rest-for-one`: it and those started after it; `dynamic`: as one-for-one, for children that come and go at run time: one that
 * ends for good is forgotten.
 */
export type SupervisionStrategy = "one-for-one" | "one-for-all" | "rest-for-one" | "dynamic";

/** A definition, whatever messages it accepts, or the URL of a module. */
export type AnyAgent =
  | { readonly kind: "agent"; readonly name: string; readonly run: (agent: never) => Promise<void> }
  | URL;

/** An agent under a supervisor. What ends for good keeps its place unless the strategy is `dynamic`. */
export interface AgentChild extends Omit<SpawnOptions, "signal"> {
  /** Names it among its siblings. @defaultValue its name */
  readonly id?: string | undefined;
  readonly agent: AnyAgent;
  /** @defaultValue `{ type: "permanent" }` */
  readonly restart?: RestartPolicy | undefined;
  /** How many of it are kept running, named `id#1` to `id#n`, whatever ends them; only for `one-for-one` and `dynamic`. */
  readonly replicas?: number | undefined;
}

/** A supervisor under a supervisor. */
export interface SupervisorChild {
  /** @defaultValue its name */
  readonly id?: string | undefined;
  readonly supervisor: SupervisorSpec;
  /** @defaultValue `{ type: "permanent" }` */
  readonly restart?: RestartPolicy | undefined;
}

/** A supervisor: a process that starts its children in order, starts again what fails, and stops them in reverse. */
export interface SupervisorSpec {
  readonly name: string;
  readonly strategy: SupervisionStrategy;
  /** At most 10 000. @defaultValue none */
  readonly children?: readonly (AgentChild | SupervisorChild)[] | undefined;
  /** How often each child may be started again before the supervisor gives up, where its own policy says nothing. */
  readonly intensity?:
    | { readonly maxRestarts?: number | undefined; readonly withinMs?: number | undefined }
    | undefined;
}

/** A child as its supervisor sees it. */
export interface SupervisedChild {
  readonly id: string;
  /** The PID it has or had last; undefined before its first start. */
  readonly pid: number | undefined;
  /** `waiting`: for its next start; `ended`: for good. */
  readonly state: "starting" | "running" | "waiting" | "ended";
  readonly ready: boolean;
  readonly restarts: number;
}

/** A running supervisor. Its `exited` says `crash` with `PROCESS_RESTARTS_EXHAUSTED` when it gave up. */
export interface SupervisorHandle extends AgentHandle {
  /** In the order of their start. */
  children(): readonly SupervisedChild[];
  /** Gives the handle of a child, which follows it through its restarts; undefined when there is none. */
  child(id: string): AgentHandle | undefined;
  /**
   * Adds a child and starts it, the last in order.
   *
   * @throws PROCESS_STATE when the supervisor ends or has a child of this id, PROCESS_INPUT_INVALID, and what a spawn throws
   */
  add(child: AgentChild | SupervisorChild): Promise<AgentHandle>;
  /** Stops a child for good and forgets it. @throws PROCESS_STATE when there is none, or the supervisor ends */
  remove(id: string): Promise<void>;
  /** Keeps so many replicas of a child running from now on; resolves when they run. @throws PROCESS_STATE, and what a spawn throws */
  scale(id: string, replicas: number): Promise<void>;
}

/**
 * A supervisor as the agent that started it holds it, the same on every backend. What it adds is started in its name: it needs the
 * right to spawn each time. It ends with the agent.
 */
export interface OwnSupervisor extends AgentHandle {
  /** In the order of their start. */
  children(): Promise<readonly SupervisedChild[]>;
  /** As `SupervisorHandle.add`, and what `agent.spawn` throws. */
  add(child: AgentChild | SupervisorChild): Promise<AgentHandle>;
  /** As `SupervisorHandle.remove`. */
  remove(id: string): Promise<void>;
  /** As `SupervisorHandle.scale`, and what `agent.spawn` throws. */
  scale(id: string, replicas: number): Promise<void>;
}
