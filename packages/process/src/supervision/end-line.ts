/** Puts the end of a process, and what becomes of its agent, into one line of the log. */
import type { ExitReason, LogLevel, SupervisorCause } from "@weftos/interface";

/** What becomes of the agent of a process that ended. */
export type Sequel =
  | { readonly kind: "again"; readonly backoffMs: number; readonly together: boolean }
  | { readonly kind: "given-up"; readonly maxRestarts: number; readonly withinMs: number }
  | { readonly kind: "over" };

/** A line of the log. */
export interface EndLine {
  readonly level: LogLevel;
  readonly message: string;
}

const causes: Readonly<Record<SupervisorCause, string>> = {
  shutdown: "ended with the kernel",
  parent: "ended with its parent",
  sibling: "ended for a sibling that failed",
  supervisor: "ended by its supervisor",
  restart: "ended to be started again by hand",
  scale: "ended: fewer replicas are wanted",
  probe: "ended: its probe failed",
  watchdog: "ended: it gave no sign of life",
  rights: "ended: its rights were narrowed",
};

/** Of a process that ran. */
export function endLine(reason: ExitReason, sequel: Sequel): EndLine {
  const message = `${textOf(reason)}${sequelText(sequel)}`;
  return { level: sequel.kind === "given-up" ? "error" : levelOf(reason), message };
}

/** Of an agent that could not be started again. */
export function failedStartLine(reason: ExitReason, sequel: Sequel): EndLine {
  const why = reason.kind === "crash" ? crashText(reason) : textOf(reason);
  return { level: "error", message: `could not be started again: ${why}${sequelText(sequel)}` };
}

function textOf(reason: ExitReason): string {
  switch (reason.kind) {
    case "normal":
      return "ended";
    case "crash":
      return `crashed: ${crashText(reason)}`;
    case "killed":
      return "killed";
    case "timeout":
      return "killed: it did not end in time";
    case "limit":
      return `ended: it passed its limit of ${reason.limit}`;
    case "linked":
      return `ended with process ${reason.pid}, to which it was linked`;
    case "supervisor":
      return reason.cause === undefined ? "ended by its supervisor" : causes[reason.cause];
  }
}

function crashText({ error, code }: ExitReason & { readonly kind: "crash" }): string {
  return code === undefined ? error : `${error} [${code}]`;
}

function sequelText(sequel: Sequel): string {
  if (sequel.kind === "over") return "";
  if (sequel.kind === "given-up") {
    const { maxRestarts, withinMs } = sequel;
    return `; given up after ${maxRestarts} ${maxRestarts === 1 ? "restart" : "restarts"} in ${withinMs / 1000} s`;
  }
  return `; starts again ${sequel.together ? "with its siblings " : ""}in ${sequel.backoffMs} ms`;
}

/** Who ended as somebody wanted is not worth a line of a usual log; who failed is, and who was made to end is in between. */
function levelOf(reason: ExitReason): LogLevel {
  if (reason.kind === "crash") return "error";
  if (reason.kind === "normal") return "debug";
  if (reason.kind === "killed") return "info";
  if (reason.kind !== "supervisor") return "warn";
  return reason.cause === "probe" || reason.cause === "watchdog" ? "warn" : "debug";
}
