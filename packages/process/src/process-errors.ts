/** All that the process feature can refuse. */
import { type BudgetUnit, type Pid, type ProcessState, WeftError } from "@weftos/interface";
import type { InputIssue } from "@weftos/schema";

/** Raised when no process has this PID: it never lived, or was reaped. */
export class ProcessNotFoundError extends WeftError<{ readonly pid: number }> {
  override readonly code = "PROCESS_NOT_FOUND";
}

/** Raised when a process cannot go from the state it is in to the one that was asked for. */
export class ProcessStateError extends WeftError<{
  readonly pid: Pid;
  readonly from: ProcessState;
  readonly to: ProcessState;
}> {
  override readonly code = "PROCESS_STATE";
}

/** Raised when somebody tries to stop, suspend or restart PID 0, the kernel. Shut the kernel down instead. */
export class ProcessProtectedError extends WeftError<{ readonly pid: Pid }> {
  override readonly code = "PROCESS_PROTECTED";
}

/** Raised when as many processes live as `max_processes` allows. Exited ones do not count. */
export class ProcessTableFullError extends WeftError<{ readonly max: number }> {
  override readonly code = "PROCESS_TABLE_FULL";
}

/** Raised when a process is to be started before the feature has started or while the kernel shuts down, or when code of a process that has ended uses its context. */
export class ProcessNotAcceptingError extends WeftError<{ readonly phase: "not-started" | "stopping" | "exited" }> {
  override readonly code = "PROCESS_NOT_ACCEPTING";
}

/** Raised when the options of a call do not fit; `details.issues` says where and what was expected. */
export class ProcessInputInvalidError extends WeftError<{ readonly issues: readonly InputIssue[] }> {
  override readonly code = "PROCESS_INPUT_INVALID";
}

/** Raised at the start when the journal of PIDs holds a record that this version did not write. */
export class PidJournalInvalidError extends WeftError<{ readonly file: string; readonly record: number }> {
  override readonly code = "PROCESS_PID_JOURNAL";
}

/** Raised when a right cannot be given as written: a glob or a path that has no meaning. */
export class CapabilityInvalidError extends WeftError<{ readonly field: string }> {
  override readonly code = "CAPABILITY_INVALID";
}

/** Raised when no spawn backend of this name is installed. `details.available` lists those that are. */
export class BackendNotAvailableError extends WeftError<{
  readonly backend: string;
  readonly available: readonly string[];
  /** The package that supplies it; undefined when none does. */
  readonly package: string | undefined;
}> {
  override readonly code = "BACKEND_NOT_AVAILABLE";
}

/** Raised when an agent whose code is confined would start another on a backend that confines less. */
export class BackendNotAllowedError extends WeftError<{
  readonly backend: string;
  readonly spawner: string;
  readonly missing: readonly string[];
}> {
  override readonly code = "BACKEND_NOT_ALLOWED";
}

/** Raised when a module cannot be loaded, has no agent as its default export, or did not start in time. */
export class AgentLoadFailedError extends WeftError<{ readonly module: string }> {
  override readonly code = "AGENT_LOAD_FAILED";
}

/** Raised when an approved agent is to start again and the file of its module is not what was approved. Start it anew: a person is asked. */
export class AgentCodeChangedError extends WeftError<{ readonly module: string }> {
  override readonly code = "AGENT_CODE_CHANGED";
}

/** Raised when a closure is given where only a module's URL can be carried. Move the agent into a module of its own. */
export class AgentNotAModuleError extends WeftError<{ readonly agent: string; readonly backend: string }> {
  override readonly code = "AGENT_NOT_A_MODULE";
}

/** The reason with which an agent's signal aborts: it was asked to end. Throwing it out of `run` is a normal end. */
export class ProcessStoppedError extends WeftError<{ readonly pid: Pid }> {
  override readonly code = "PROCESS_STOPPED";
}

/** Raised when a supervisor gives up: one of its children failed more often than its policy allows. It is the crash of the supervisor. */
export class ProcessRestartsExhaustedError extends WeftError<{
  readonly supervisor: string;
  readonly child: string;
  readonly maxRestarts: number;
  readonly withinMs: number;
}> {
  override readonly code = "PROCESS_RESTARTS_EXHAUSTED";
}

/** Raised when a process has as many links, or as many monitors, as one may have. */
export class ProcessLinksFullError extends WeftError<{ readonly pid: Pid; readonly limit: number }> {
  override readonly code = "PROCESS_LINKS_FULL";
}

/** Raised when an agent would link to a process that it did not start and that does not trap exits: the link could end it. */
export class ProcessLinkNotAllowedError extends WeftError<{ readonly pid: Pid; readonly other: Pid }> {
  override readonly code = "PROCESS_LINK_NOT_ALLOWED";
}

/** Raised at the start when the journal of processes holds a record that this version did not write. */
export class ProcessJournalInvalidError extends WeftError<{ readonly file: string; readonly record: number }> {
  override readonly code = "PROCESS_JOURNAL";
}

/** Raised when a granted root cannot bind a process: a link leaves it, a denied path lies in it, or it is too large to look through. */
export class RootLeadsOutError extends WeftError<{
  readonly field: string;
  readonly root: string;
  readonly path: string;
}> {
  override readonly code = "CAPABILITY_ROOT_LEADS_OUT";
}

/** Raised when a change of an agent's state would pass what any state may hold; nothing is changed. */
export class AgentStateFullError extends WeftError<{
  readonly limit: "agents" | "keys" | "value";
  readonly max: number;
}> {
  override readonly code = "AGENT_STATE_FULL";
}

/** Raised when the journal of an agent's state holds a record that this version did not write, or the file of a value is another's. */
export class AgentStateInvalidError extends WeftError<{ readonly file: string; readonly record?: number }> {
  override readonly code = "AGENT_STATE_INVALID";
}

/** Raised when an agent's place among agents does not allow a start, or no policy knows the place that was named. */
export class AgencyNotAllowedError extends WeftError<{ readonly role: string }> {
  override readonly code = "PROCESS_AGENCY_NOT_ALLOWED";
}

/** Raised when an agent has as many live processes below it as `max_descendants` allows. */
export class ProcessQuotaError extends WeftError<{ readonly pid: Pid; readonly max: number }> {
  override readonly code = "PROCESS_QUOTA";
}

/** Raised at a start whose manifest depends on an agent that does not run, or is not ready in time. Start that one first. */
export class DependencyMissingError extends WeftError<{ readonly agent: string; readonly requires: string }> {
  override readonly code = "PROCESS_DEPENDENCY_MISSING";
}

/** Raised to the call with which a process passes one of its limits; the process is ended for it. */
export class ProcessLimitError extends WeftError<{
  readonly pid: number;
  readonly limit: string;
  readonly max: number;
}> {
  override readonly code = "PROCESS_LIMIT_EXCEEDED";
}

/**
 * Raised when a limit is asked for that could never act: on a backend that can only measure the kernel as a whole
 * (`details.backends` can hold it), or of more disk than a state can take.
 */
export class LimitNotEnforceableError extends WeftError<{
  readonly limit: string;
  readonly backend: string;
  readonly backends: readonly string[];
}> {
  override readonly code = "PROCESS_LIMIT_NOT_ENFORCEABLE";
}

/** Raised when less of a unit is left than is asked for. Wait for a grant by `onExhausted: "wait"`, or ask for one. */
export class BudgetExhaustedError extends WeftError<{
  readonly account: number;
  readonly unit: BudgetUnit;
  readonly asked: number;
  readonly free: number;
}> {
  override readonly code = "PROCESS_BUDGET_EXHAUSTED";
}

/** Raised when a budget is named that was closed or never opened: its agent has ended. */
export class BudgetUnknownError extends WeftError<{ readonly account: number }> {
  override readonly code = "PROCESS_BUDGET_UNKNOWN";
}

/** Raised at the start when the journal of budgets holds a record that this version did not write, or that makes no sense. */
export class BudgetJournalInvalidError extends WeftError<{ readonly file: string; readonly record: number }> {
  override readonly code = "PROCESS_BUDGET_JOURNAL";
}
