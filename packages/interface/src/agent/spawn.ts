import type { Pid } from "../identity/ids.ts";
import type { Capabilities, FileGrant, IpcScope, ToolGrant } from "../process/capabilities.ts";
import type { ExitReason } from "../process/process-directory.ts";
import type { JsonValue } from "../schema/json-value.ts";

/** Rights asked for a new process; what is not named keeps the default of its spawner. */
export interface CapabilityRequest extends Partial<Omit<Capabilities, "tools" | "files">> {
  readonly ipcScope?: IpcScope;
  readonly tools?: Partial<ToolGrant>;
  readonly files?: Partial<FileGrant>;
}

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

/** How to start an agent. */
export interface SpawnOptions {
  /** @defaultValue the definition's name, or the module's */
  readonly name?: string | undefined;
  /** Name of a spawn backend. @defaultValue `inline` */
  readonly backend?: string | undefined;
  readonly capabilities?: CapabilityRequest | undefined;
  /** @defaultValue `{ type: "temporary" }` */
  readonly restart?: RestartPolicy | undefined;
  /** Given to the agent as `agent.input`. */
  readonly input?: JsonValue | undefined;
  /** Most messages that wait in its mailbox. @defaultValue 1024 */
  readonly mailboxLimit?: number | undefined;
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
