import type { WeftError } from "../error/weft-error.ts";
import type { Port } from "../feature/port.ts";
import type { Pid } from "../identity/ids.ts";
import type {
  Message,
  MessageTarget,
  Payload,
  PublishResult,
  ReplyResult,
  RequestOptions,
  SendOptions,
  SendResult,
  TrySendResult,
} from "./message.ts";

/** Options of taking a message. */
export interface ReceiveOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * Takes the first message that fits and leaves the others where they are; it must not throw. At most the first 1024 messages
   * are looked at.
   */
  readonly where?: ((message: Message) => boolean) | undefined;
}

/** The receiving end of a mailbox. Iterating takes messages, oldest first, and ends when the mailbox is closed. */
export interface Inbox<P = Payload> extends AsyncIterable<Message<P>> {
  /** Takes the next message; undefined when the mailbox is closed and empty. */
  receive(options?: ReceiveOptions): Promise<Message<P> | undefined>;
  /** Messages waiting. */
  readonly depth: number;
}

/** Is told that a mailbox has something, or is closed. */
export interface MailboxListener {
  onMailbox(): void;
}

/** A mailbox as the runtime of its process has it. */
export interface MailboxEnd extends Inbox {
  /** Takes at once: signals first, then the oldest message; undefined when none is there. */
  take(where?: (message: Message) => boolean): Message | undefined;
  /** Whether it was closed: nothing comes any more. */
  readonly closed: boolean;
  /** Requests of its process that wait for replies. */
  readonly asking: number;
  /** Tells once, as soon as a message comes or the mailbox is closed. One listener at a time; a later one takes its place. */
  whenReady(listener: MailboxListener): void;
}

/** What a mailbox does when it is full: refuse (default), let the message wait for room, or make the oldest one a dead letter. */
export type MailboxPolicy = "reject" | "wait" | "drop-oldest";

/** How to open a mailbox. */
export interface MailboxOptions {
  /** Most messages that wait in it. @defaultValue 1024 */
  readonly limit?: number | undefined;
  /** @defaultValue `reject` */
  readonly policy?: MailboxPolicy | undefined;
  /** The PID under which the last kernel lost this agent: what was sent to it, and by it, reliably goes on under the new one. */
  readonly lost?: Pid | undefined;
}

/** Options of a subscription. */
export interface SubscribeOptions {
  /** Each message goes to one member of the group, in turn. 1 to 64 letters, digits, `_` and `-`. */
  readonly group?: string | undefined;
  /**
   * Keeps the messages of the pattern on disk under this name, and gives those from `from` on, then the ones to come. A new
   * subscription of the same name goes on after the last message that was acknowledged.
   */
  readonly durable?: { readonly name: string; readonly from?: number | undefined } | undefined;
}

/**
 * Carries messages between processes. Every call passes the guard under the sender's name.
 *
 * *When called*: by contexts of agents and by the kernel's owner. *Errors*: `IPC_TARGET_NOT_FOUND`, `IPC_INBOX_FULL`
 * (retryable), `IPC_TIMEOUT`, `IPC_SENDER_NOT_RUNNING`, `IPC_PAYLOAD_TOO_LARGE`, `IPC_PAYLOAD_INVALID`, `IPC_TOPIC_INVALID`,
 * `IPC_TARGET_EXITED`, `IPC_SERVICE_NOT_FOUND`, `IPC_NO_HANDLER`, `IPC_NO_MESH`, `IPC_TOO_MANY_HOPS`, and what the guard raises.
 * *Ordering*: messages of one sender to one receiver keep their order; signals overtake. *Rules*: nothing is lost silently: what
 * is not delivered is refused or a counted dead letter.
 */
export interface MessageRouter {
  /** Opens the mailbox of a process. */
  attach(pid: Pid, options?: MailboxOptions): MailboxEnd;
  /** Closes the mailbox: what waits becomes dead letters, pending requests to it reject, its subscriptions end. */
  detach(pid: Pid): void;
  /**
   * Hands the mailbox of an agent that ended over to its next start: what waits in it, in order, its subscriptions and the
   * requests that wait for its replies. @returns the mailbox under the new PID
   */
  move(from: Pid, to: Pid): MailboxEnd;
  send(from: Pid, to: Pid | MessageTarget, payload: Payload, options?: SendOptions): Promise<SendResult>;
  /** As `send`, at once, and without an error: what is refused stays with the sender and is no dead letter. Not for `reliable`. */
  trySend(from: Pid, to: Pid | MessageTarget, payload: Payload, options?: SendOptions): TrySendResult;
  /** Sends to one process, service or handler and waits for the reply. */
  request(from: Pid, to: Pid | MessageTarget, payload: Payload, options?: RequestOptions): Promise<Message>;
  /** Answers a request. That nobody waits for the reply any more, or never did, is told and is no error. */
  reply(from: Pid, request: Message, payload: Payload): Promise<ReplyResult>;
  /** Answers a request with a failure; the requester's promise rejects with the same code. */
  replyError(from: Pid, request: Message, error: WeftError): Promise<ReplyResult>;
  /**
   * Says that a message was dealt with: one sent reliably is not tried again, a durable subscription goes on after it. Others need
   * none, and theirs does nothing. Resolves when it is on disk.
   */
  acknowledge(from: Pid, message: Message): Promise<void>;
  /** Gives a message to every subscriber but the sender: one action, however many they are. */
  publish(from: Pid, topic: string, payload: Payload, options?: SendOptions): Promise<PublishResult>;
  /** Sends to every process but the sender; those that its scope leaves out are refused. */
  broadcast(from: Pid, payload: Payload, options?: SendOptions): Promise<PublishResult>;
  /** Subscribes to a topic or a pattern: `*` is one segment, `>` at the end is one or more. */
  subscribe(pid: Pid, pattern: string, options?: SubscribeOptions): Promise<void>;
  unsubscribe(pid: Pid, pattern: string, options?: Pick<SubscribeOptions, "group">): void;
  /** The rights of a process have changed: what it subscribes to and may not any more, ends. Refusals are recorded. */
  rightsChanged(pid: Pid): void;
  /**
   * Puts back, before all others, what was taken out of a process's mailbox and did not reach its code, such as with a crashed worker:
   * the next start gets it, or it becomes a dead letter with the mailbox.
   */
  undelivered(pid: Pid, messages: readonly Message[]): void;
}

export const messageRouter: Port<MessageRouter, "one"> = { name: "MessageRouter", arity: "one" };
