import type { AgentBudget } from "../budget/agent-budget.ts";
import type { WeftError } from "../error/weft-error.ts";
import type { Pid } from "../identity/ids.ts";
import type { ProcessRef } from "../identity/subject.ts";
import type {
  Message,
  MessageTarget,
  Payload,
  PublishResult,
  ReplyResult,
  RequestOptions,
  SendOptions,
  SendResult,
} from "../ipc/message.ts";
import type { Inbox, SubscribeOptions } from "../ipc/message-router.ts";
import type { Logger } from "../platform/logger.ts";
import type { CapabilityRequest } from "../process/capability-request.ts";
import type { Elevated, OwnElevateOptions } from "../process/elevation.ts";
import type { MonitorRef } from "../process/process-notice.ts";
import type { JsonValue } from "../schema/json-value.ts";
import type { Schema } from "../schema/schema.ts";
import type { ToolCallOptions, ToolInfo } from "../tool/tool-runner.ts";
import type { AgentState } from "./agent-state.ts";
import type { AgentHandle, SpawnOptions } from "./spawn.ts";
import type { OwnSupervisor, SupervisorSpec } from "./supervise.ts";

/**
 * All that an agent has: the same on every backend. Each call is checked against the agent's capabilities and the rules.
 */
export interface AgentContext<Messages = Payload> {
  readonly pid: Pid<Messages>;
  readonly name: string;
  /** The process that spawned it; 0 for the kernel. */
  readonly parent: Pid;
  /** When this start of it began, milliseconds UTC. */
  readonly startedAt: number;
  /** What the spawner gave in `SpawnOptions.input`; null when nothing. */
  readonly input: JsonValue;
  /** What the spawner gave in `SpawnOptions.environment`; the environment of the host is not in it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Messages to this agent. Ends when the agent is asked to stop. */
  readonly inbox: Inbox<Messages>;
  /** Aborts when the agent is asked to stop. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly tools: AgentTools;
  /** What it keeps from one start to the next. */
  readonly state: AgentState;
  /** What it may spend. */
  readonly budget: AgentBudget;
  send<M extends Payload>(to: ProcessRef<M> | MessageTarget, payload: M, options?: SendOptions): Promise<SendResult>;
  request<M extends Payload>(to: ProcessRef<M> | MessageTarget, payload: M, options?: RequestOptions): Promise<Message>;
  /** Answers a request. Safe for any message: one that asked for nothing gets nothing, and the result says so. */
  reply(request: Message<unknown>, payload: Payload): Promise<ReplyResult>;
  /** Answers a request with a failure; the requester's promise rejects with the same code. */
  replyError(request: Message<unknown>, error: WeftError): Promise<ReplyResult>;
  /** Says that a message was dealt with: needed for those sent with `reliable` and those of durable subscriptions. */
  acknowledge(message: Message<unknown>): Promise<void>;
  publish(topic: string, payload: Payload, options?: SendOptions): Promise<PublishResult>;
  /** Sends to every process that its scope covers. */
  broadcast(payload: Payload, options?: SendOptions): Promise<PublishResult>;
  /** Receives the messages of a topic or pattern: `*` is one segment, `>` at the end is one or more. */
  subscribe(pattern: string, options?: SubscribeOptions): Promise<void>;
  unsubscribe(pattern: string, options?: Pick<SubscribeOptions, "group">): Promise<void>;
  /** Starts a child, whose capabilities are cut to what this agent holds. */
  spawn<M>(agent: AgentSource<M> | ModuleName, options?: SpawnOptions): Promise<AgentHandle<M>>;
  /**
   * Starts a supervisor below this agent, with its children in order; resolves when all run. They hold at most what this agent
   * holds, and end with it.
   *
   * @throws as `spawn`; what kept a child from starting
   */
  supervise(spec: SupervisorSpec): Promise<OwnSupervisor>;
  /**
   * Is told of the end of a process that its message scope covers, once and at once when it has ended: by a message of kind `signal`
   * before all others, whose payload is a `ProcessNotice` with `signal: "down"`.
   *
   * @throws CAPABILITY_DENIED, PROCESS_LINKS_FULL over 1024 monitors
   */
  monitor(process: ProcessRef<never>): Promise<MonitorRef>;
  /** Ends a monitor of its own. @returns whether it stood */
  demonitor(ref: MonitorRef): Promise<boolean>;
  /**
   * Binds a process to this agent: when one ends for any reason but a normal one, so does the other, or it is told when it traps
   * exits. Only what this agent started, at any depth, and what traps exits, which no link can end, within its message scope.
   *
   * @throws PROCESS_NOT_FOUND unless it lives, PROCESS_LINK_NOT_ALLOWED, CAPABILITY_DENIED, PROCESS_LINKS_FULL over 1024 links
   */
  link(process: ProcessRef<never>): Promise<void>;
  unlink(process: ProcessRef<never>): Promise<void>;
  /**
   * Asks for more rights for a time, after which they go by themselves. It gets at most what its parent holds and its role allows, and
   * nothing unless a rule permits it, or a person: in production always a person.
   *
   * @throws GOVERNANCE_DENIED, APPROVAL_PENDING and the other APPROVAL_*, CAPABILITY_INVALID, PROCESS_INPUT_INVALID
   */
  elevate(rights: CapabilityRequest, options: OwnElevateOptions): Promise<Elevated>;
  /**
   * Waits on the kernel's clock, shown as waiting for a timer.
   *
   * @param ms - whole milliseconds, at most a day: what comes later is a job for cron
   * @throws the signal's reason, and that of `agent.signal` when it is asked to stop meanwhile
   */
  sleep(ms: number, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
}

/** The tools an agent may call. */
export interface AgentTools {
  call(name: string, input: JsonValue, options?: ToolCallOptions): Promise<JsonValue>;
  list(): Promise<readonly ToolInfo[]>;
}

/** An agent's code with its name. The same definition runs on every backend. */
export interface AgentDefinition<Messages = Payload> {
  readonly kind: "agent";
  readonly name: string;
  /** What it accepts; other messages never reach `run`, and other requests reject with `IPC_PAYLOAD_INVALID`. */
  readonly messages: Schema<unknown, Messages> | undefined;
  readonly run: (agent: AgentContext<Messages>) => Promise<void>;
}

/** What an agent accepts, by its definition: types a handle to the same agent spawned from its module. */
export type MessagesOf<Definition> = Definition extends AgentDefinition<infer Messages> ? Messages : never;

/** What can be started: a definition (inline only), or the URL of a module whose default export is one (any backend). */
export type AgentSource<Messages = unknown> = AgentDefinition<Messages> | URL;

/**
 * Names a module: a package (`@acme/clerk`, `@acme/clerk/night`), a path (`./agents/clerk.ts`, `/srv/clerk.js`) or a URL, found
 * from the kernel's working folder as an import there would be; or a manifest, whose name ends in `.agent.toml`.
 */
export type ModuleName = string;
