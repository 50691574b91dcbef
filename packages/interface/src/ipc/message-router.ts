import type { WeftError } from "../error/weft-error.ts";
import type { Port } from "../feature/port.ts";
import type { Pid } from "../identity/ids.ts";
import type { Message, Payload, RequestOptions, SendOptions, SendResult } from "./message.ts";

/** The receiving end of a mailbox. Iterating takes messages, oldest first, and ends when the mailbox is closed. */
export interface Inbox<P = Payload> extends AsyncIterable<Message<P>> {
  /** Takes the next message; undefined when the mailbox is closed and empty. */
  receive(options?: { readonly signal?: AbortSignal | undefined }): Promise<Message<P> | undefined>;
  /** Messages waiting. */
  readonly depth: number;
}

/**
 * Carries messages between processes. Every call passes the guard under the sender's name.
 *
 * *When called*: by contexts of agents and by the kernel's owner. *Errors*: `IPC_TARGET_NOT_FOUND`, `IPC_INBOX_FULL`
 * (retryable), `IPC_TIMEOUT`, `IPC_SENDER_NOT_RUNNING`, `IPC_PAYLOAD_TOO_LARGE`, `IPC_PAYLOAD_INVALID`, `IPC_TOPIC_INVALID`,
 * `IPC_TARGET_EXITED`, and what the guard raises. *Ordering*: messages of one sender to one receiver keep their order; signals
 * overtake. *Rules*: nothing is lost silently: what is not delivered is refused or a counted dead letter.
 */
export interface MessageRouter {
  /** Opens the mailbox of a process; `limit` is the most messages that wait in it (default 1024). */
  attach(pid: Pid, options?: { readonly limit?: number | undefined }): Inbox;
  /** Closes the mailbox: what waits becomes dead letters, pending requests to it reject, its subscriptions end. */
  detach(pid: Pid): void;
  send(from: Pid, to: Pid, payload: Payload, options?: SendOptions): Promise<SendResult>;
  request(from: Pid, to: Pid, payload: Payload, options?: RequestOptions): Promise<Message>;
  /** Answers a request. A reply that nobody waits for any more is a dead letter, not an error. */
  reply(from: Pid, request: Message, payload: Payload): Promise<void>;
  /** Answers a request with a failure; the requester's promise rejects with the same code. */
  replyError(from: Pid, request: Message, error: WeftError): Promise<void>;
  /** Gives a message to every subscriber but the sender. @returns how many got it and how many could not */
  publish(
    from: Pid,
    topic: string,
    payload: Payload,
    options?: SendOptions,
  ): Promise<{ readonly delivered: number; readonly refused: number }>;
  subscribe(pid: Pid, topic: string): Promise<void>;
  unsubscribe(pid: Pid, topic: string): void;
  /** Counts as dead letters what was taken out of a mailbox and did not reach its process, such as with a crashed worker. */
  undelivered(messages: readonly Message[]): void;
}

export const messageRouter: Port<MessageRouter, "one"> = { name: "MessageRouter", arity: "one" };
