/** All that sending and receiving can refuse. */
import { type Pid, WeftError } from "@weftos/interface";

/** Raised when the receiver, the options or the signal of a call are not what they may be; `details` says what was expected. */
export class IpcInputInvalidError extends WeftError<{
  readonly field: string;
  readonly expected: string;
  readonly received: string;
}> {
  override readonly code = "IPC_INPUT_INVALID";
}

/** Raised when the receiver has no mailbox: it never lived, or ended. */
export class TargetNotFoundError extends WeftError<{ readonly pid: Pid }> {
  override readonly code = "IPC_TARGET_NOT_FOUND";
}

/** Raised when a request's receiver ended before it replied. */
export class TargetExitedError extends WeftError<{ readonly pid: Pid; readonly messageId: string }> {
  override readonly code = "IPC_TARGET_EXITED";
}

/** Raised when the receiver's mailbox is full. Slow down, or give the receiver a larger `mailboxLimit`. */
export class InboxFullError extends WeftError<{ readonly pid: Pid; readonly limit: number }> {
  override readonly code = "IPC_INBOX_FULL";
}

/** Raised when no reply came in time. A reply that comes later is a dead letter. */
export class RequestTimeoutError extends WeftError<{ readonly pid: Pid; readonly timeoutMs: number }> {
  override readonly code = "IPC_TIMEOUT";
}

/** Raised when more requests wait for replies than the router holds. */
export class TooManyRequestsError extends WeftError<{ readonly limit: number }> {
  override readonly code = "IPC_TOO_MANY_REQUESTS";
}

/** Raised when the sender is not a process that runs, is suspended or is stopping. */
export class SenderNotRunningError extends WeftError<{ readonly pid: Pid; readonly state: string }> {
  override readonly code = "IPC_SENDER_NOT_RUNNING";
}

/** Raised when a payload is over the limit. */
export class PayloadTooLargeError extends WeftError<{ readonly limitBytes: number }> {
  override readonly code = "IPC_PAYLOAD_TOO_LARGE";
}

/** Raised when a payload is not a string, bytes or plain JSON; `details.path` says where. */
export class PayloadInvalidError extends WeftError<{ readonly path: string; readonly received: string }> {
  override readonly code = "IPC_PAYLOAD_INVALID";
}

/** Raised when a topic's name is not segments of letters, digits, `_` and `-` joined by dots. */
export class TopicInvalidError extends WeftError<{ readonly received: string }> {
  override readonly code = "IPC_TOPIC_INVALID";
}

/** Raised when a process holds more subscriptions than it may. */
export class TooManySubscriptionsError extends WeftError<{ readonly pid: Pid; readonly limit: number }> {
  override readonly code = "IPC_TOO_MANY_SUBSCRIPTIONS";
}

/** Raised when a reply is given to a message that is not a request. */
export class NotARequestError extends WeftError<{ readonly messageId: string }> {
  override readonly code = "IPC_NOT_A_REQUEST";
}
