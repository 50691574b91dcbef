import type { BudgetAmounts } from "../budget/budget-amounts.ts";
import type { Pid } from "../identity/ids.ts";
import type { MailboxPolicy } from "../ipc/message-router.ts";
import type { AgencyRole } from "../process/agency.ts";
import type { CapabilityRequest } from "../process/capability-request.ts";
import type { ExitReason } from "../process/process-directory.ts";
import type { ResourceLimits } from "../process/resource-limits.ts";
import type { JsonValue } from "../schema/json-value.ts";

/** When a supervisor starts an agent again. */
export interface RestartPolicy {
  /** `permanent`: always; `transient`: after a crash or kill; `temporary`: never. */
  readonly type: "permanent" | "transient" | "temporary";
  /** Restarts allowed within `withinMs` before the supervisor gives up. @defaultValue 5 */
  readonly maxRestarts?: number | undefined;
  /** Window of the count in milliseconds. @defaultValue 60 000 */
  readonly withinMs?: number | undefined;
  /** Wait before the first restart; doubles with each one in the window. @defaultValue 100 */
  readonly backoffMs?: number | undefined;
  /** Longest wait. @defaultValue 30 000 */
  readonly maxBackoffMs?: number | undefined;
}

/** A request that the kernel makes of an agent again and again; any reply is a success, a failure or silence is none. */
export interface Probe {
  /** What is sent. */
  readonly request: JsonValue;
  /** @defaultValue 10 000 */
  readonly intervalMs?: number | undefined;
  /** How long a reply may take. @defaultValue 1000 */
  readonly timeoutMs?: number | undefined;
  /** Failures in a row that count. @defaultValue 3 */
  readonly failures?: number | undefined;
}

/** What the author of an agent says of it: for approvers, for rules, and for whoever looks at the process. */
export interface AgentProfile {
  readonly version?: string | undefined;
  readonly description?: string | undefined;
  /** How much depends on it, in words for rules and people: the kernel itself runs all alike. */
  readonly priority?: "low" | "normal" | "high" | "critical" | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** How to start an agent. */
export interface SpawnOptions {
  /** @defaultValue the definition's name, or the module's */
  readonly name?: string | undefined;
  /**
   * Name of a spawn backend. @defaultValue that of the manifest, else that of the first rule of `backend_policy` that fits, else
   * the spawner's if it confines its code, else `default_backend` of the configuration, `inline`
   */
  readonly backend?: string | undefined;
  readonly capabilities?: CapabilityRequest | undefined;
  /** Its place among agents, which bounds its rights and its children. @defaultValue none: only its parent's rights bind it */
  readonly agency?: AgencyRole | undefined;
  /** The most that each of its starts may use. */
  readonly limits?: ResourceLimits | undefined;
  /** What all its starts together may spend, set aside in the budget of its parent. @defaultValue it spends its parent's */
  readonly budget?: BudgetAmounts | undefined;
  /** @defaultValue `{ type: "temporary" }` */
  readonly restart?: RestartPolicy | undefined;
  /** Given to the agent as `agent.input`. */
  readonly input?: JsonValue | undefined;
  /**
   * Given to the agent as `agent.environment`, and to a process of its own as all the environment it has: at most 256 names of
   * letters, digits and `_`, 65 536 characters together. Names that change what the runtime or the loader does (`NODE_…`, `LD_…`,
   * `DYLD_…`) are refused.
   */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /**
   * Most messages that wait in its mailbox, 1 to 65 536, of 32 MiB together. While all mailboxes hold 256 MiB, each takes 16 KiB.
   *
   * @defaultValue 1024
   */
  readonly mailboxLimit?: number | undefined;
  /** What happens to a message when it is full: refused, kept waiting for room, or taken in place of the oldest. @defaultValue `reject` */
  readonly mailboxPolicy?: MailboxPolicy | undefined;
  /** What becomes of messages that wait when it is started again: the next start takes them, or they are dead letters. @defaultValue `keep` */
  readonly mailbox?: "keep" | "drop" | undefined;
  /**
   * How long it may take to end when asked, before it is killed; 0 kills at once. Below a process that has ended, no more than
   * `stop_timeout_ms`.
   *
   * @defaultValue `stop_timeout_ms`
   */
  readonly shutdownMs?: number | undefined;
  /**
   * Takes notices in its inbox: of the ends of linked processes, in place of ending with them, and of its own limits at 80 %.
   * @defaultValue false
   */
  readonly trapExit?: boolean | undefined;
  /** `liveness`: failing, it is ended as if it had crashed; `readiness`: its supervisor starts the next when it has succeeded. */
  readonly probes?: { readonly liveness?: Probe | undefined; readonly readiness?: Probe | undefined } | undefined;
  /**
   * What its author says of it. Rules read it as the attributes `version`, `priority` and `label.<name>` of `process.spawn`.
   * @defaultValue nothing
   */
  readonly profile?: AgentProfile | undefined;
  /** Topics it receives from each start on, subscribed in its name before its code runs; one that is refused fails the start. */
  readonly topics?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A started agent, followed through its restarts. */
export interface AgentHandle<Messages = unknown> {
  /** The PID it has now; a restart gives it a new one. */
  readonly pid: Pid<Messages>;
  readonly name: string;
  /** Resolves when it has ended for good, restarts included. */
  readonly exited: Promise<ExitReason>;
}
