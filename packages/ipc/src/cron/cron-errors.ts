/** What the scheduler can refuse. */
import { type Pid, WeftError } from "@weftos/interface";

/** Raised when no job has this id or name; `weaver cron list` shows them. */
export class CronNotFoundError extends WeftError<{ readonly job: string }> {
  override readonly code = "IPC_CRON_NOT_FOUND";
}

/** Raised when a schedule cannot be read, or never comes due. */
export class CronScheduleError extends WeftError<{ readonly schedule: string; readonly reason: string }> {
  override readonly code = "IPC_CRON_SCHEDULE";
}

/** Raised when a job has a name that another one has. */
export class CronNameTakenError extends WeftError<{ readonly name: string; readonly job: string }> {
  override readonly code = "IPC_CRON_NAME_TAKEN";
}

/** Raised when there are as many jobs as a kernel keeps; remove one first. */
export class CronFullError extends WeftError<{ readonly limit: number }> {
  override readonly code = "IPC_CRON_FULL";
}

/** Raised when a job is run by hand while it runs and its overlap policy is `skip`, or its backlog is full. */
export class CronBusyError extends WeftError<{ readonly job: string; readonly running: number }> {
  override readonly code = "IPC_CRON_BUSY";
}

/** Raised when the process that added a job is gone, so that nobody's rights are left to run it under. */
export class CronOwnerGoneError extends WeftError<{ readonly job: string; readonly pid: Pid }> {
  override readonly code = "IPC_CRON_OWNER_GONE";
}

/** Raised when no running agent has the name that a job addresses. */
export class CronTargetGoneError extends WeftError<{ readonly job: string; readonly agent: string }> {
  override readonly code = "IPC_CRON_TARGET_GONE";
}

/** Raised when a process acts on a job that it did not add. */
export class CronNotOwnerError extends WeftError<{ readonly job: string; readonly pid: string }> {
  override readonly code = "IPC_CRON_NOT_OWNER";
}

/** Raised at boot when the journal of jobs has a record that this release cannot read. */
export class CronJournalError extends WeftError<{ readonly record: number; readonly reason: string }> {
  override readonly code = "IPC_CRON_JOURNAL";
}

/** Raised when somebody else changed or removed a job while this change was decided on; look at it, and try again. */
export class CronChangedError extends WeftError<{ readonly job: string }> {
  override readonly code = "IPC_CRON_CHANGED";
}
