/** All that sending and receiving can refuse. */
import { type NodeId, type Pid, WeftError } from "@weftos/interface";

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

/**
 * Raised when the receiver's mailbox is full: of messages, of bytes, or of what all mailboxes may hold together. Slow down, or give
 * the receiver a larger `mailboxLimit`.
 */
export class InboxFullError extends WeftError<{
  readonly pid: Pid;
  /** Most messages. */
  readonly limit: number;
  readonly messages: number;
  /** What the messages are counted as. */
  readonly bytes: number;
}> {
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

/** Raised when a topic or pattern is none, or has over 16 segments or 256 characters. */
export class TopicInvalidError extends WeftError<{ readonly received: string }> {
  override readonly code = "IPC_TOPIC_INVALID";
}

/** Raised when a process or stream holds more subscriptions than it may. */
export class TooManySubscriptionsError extends WeftError<{
  readonly pid: Pid | undefined;
  readonly limit: number;
}> {
  override readonly code = "IPC_TOO_MANY_SUBSCRIPTIONS";
}

/** Raised when nobody got a message to a topic, or a broadcast. `publish` and `broadcast` tell counts instead. */
export class NoReceiverError extends WeftError<{ readonly refused: number }> {
  override readonly code = "IPC_NO_RECEIVER";
}

/** Raised when the service directory knows no service of that name. */
export class ServiceNotFoundError extends WeftError<{ readonly service: string }> {
  override readonly code = "IPC_SERVICE_NOT_FOUND";
}

/** Raised when a service is registered at a URL or container, which messages do not reach: call it there. */
export class ServiceElsewhereError extends WeftError<{
  readonly service: string;
  readonly endpoint: "external" | "container";
}> {
  override readonly code = "IPC_SERVICE_ELSEWHERE";
}

/** Raised when no handler of the kernel takes a message: the program that embeds it registers them with `kernel.ipc.handle`. */
export class NoHandlerError extends WeftError<{ readonly messageId: string }> {
  override readonly code = "IPC_NO_HANDLER";
}

/** Raised for a target on another node in a kernel without a mesh. */
export class NoMeshError extends WeftError<{ readonly node: NodeId }> {
  override readonly code = "IPC_NO_MESH";
}

/** Raised when a message was sent on too often: it goes in a circle. */
export class TooManyHopsError extends WeftError<{ readonly hops: number; readonly limit: number }> {
  override readonly code = "IPC_TOO_MANY_HOPS";
}

/** Raised to a requester when the kernel's handler failed with what is no WeftError. */
export class HandlerFailedError extends WeftError<{ readonly messageId: string }> {
  override readonly code = "IPC_HANDLER_FAILED";
}

/** Raised by `trySend` for what cannot be done at once: a reliable message, a handler, another node. Use `send`. */
export class NotAtOnceError extends WeftError<{ readonly target: string }> {
  override readonly code = "IPC_NOT_AT_ONCE";
}

/** Raised when there is no dead letter of that id: it was replayed, purged, or one of 10 000 newer ones took its place. */
export class DeadLetterNotFoundError extends WeftError<{ readonly id: string }> {
  override readonly code = "IPC_DEAD_LETTER_NOT_FOUND";
}

/** Raised when a dead letter has no payload to send again: over 1 MiB, a signal, or dropped to keep all within 64 MiB. */
export class DeadLetterEmptyError extends WeftError<{ readonly id: string }> {
  override readonly code = "IPC_DEAD_LETTER_EMPTY";
}

/** Raised when more reliable messages wait to be acknowledged than the outbox holds. */
export class OutboxFullError extends WeftError<{ readonly limit: number }> {
  override readonly code = "IPC_OUTBOX_FULL";
}

/** Raised when a durable subscription has another reader, which lives. */
export class DurableTakenError extends WeftError<{ readonly name: string }> {
  override readonly code = "IPC_DURABLE_TAKEN";
}

/** Raised when a kernel keeps more durable subscriptions than it may. */
export class TooManyDurablesError extends WeftError<{ readonly limit: number }> {
  override readonly code = "IPC_TOO_MANY_DURABLES";
}

/** Raised to the reader of a stream that took nothing for 5 seconds while publishers waited for room. Read faster, or give it a larger buffer. */
export class StreamStalledError extends WeftError<{ readonly pattern: string; readonly buffer: number }> {
  override readonly code = "IPC_STREAM_STALLED";
}

/** Raised when more streams are open than a kernel serves. */
export class TooManyStreamsError extends WeftError<{ readonly limit: number }> {
  override readonly code = "IPC_TOO_MANY_STREAMS";
}

/** Raised when there is no stream of that id for this caller: it was ended, stalled, or not read for 30 seconds. */
export class StreamNotFoundError extends WeftError<{ readonly stream: string }> {
  override readonly code = "IPC_STREAM_NOT_FOUND";
}
