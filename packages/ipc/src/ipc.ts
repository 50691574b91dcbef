/** What `kernel.ipc` offers to the program that embeds the kernel: messages from PID 0, topics, signals, dead letters. */
import type {
  EventSource,
  Message,
  MessageTarget,
  Payload,
  ProcessRef,
  PublishResult,
  RequestOptions,
  SendOptions,
  SendResult,
  TrySendResult,
} from "@weftos/interface";
import type { Cron } from "./cron/cron.ts";
import type { DeadLetter, DeadLetterFilter, DeadLetterReason } from "./dead-letter/dead-letter.ts";
import type { GivenSignal } from "./message/call-input.ts";
import type { KernelHandler } from "./routing/kernel-handlers.ts";
import type { TraceStep } from "./routing/trace-log.ts";
import type { DurableInfo } from "./topic/durable-topic.ts";
import type { MessageStream, StreamOptions } from "./topic/message-stream.ts";
import type { TopicInfo } from "./topic/subscriptions.ts";

/** In-process events of the router. */
export type IpcEvents = {
  /** A message could not be delivered. */
  readonly "message:dead-lettered": DeadLetter;
};

/** Whom a message may go to: a process, by PID or handle, or a target. */
export type To<M = never> = ProcessRef<M> | MessageTarget;

/** Messages from the kernel (PID 0) to its processes. */
export interface Ipc {
  /**
   * Sends a message.
   *
   * @returns when it is in the receiver's mailbox, not when it was read
   * @throws IPC_TARGET_NOT_FOUND, IPC_INBOX_FULL (retryable), IPC_NO_RECEIVER, IPC_SERVICE_NOT_FOUND, IPC_SERVICE_ELSEWHERE,
   *   IPC_NO_HANDLER, IPC_NO_MESH, IPC_PAYLOAD_INVALID, IPC_PAYLOAD_TOO_LARGE, IPC_TOO_MANY_HOPS, IPC_INPUT_INVALID
   */
  send<M extends Payload>(to: To<M>, payload: M, options?: SendOptions): Promise<SendResult>;
  /** Sends to a process at once; what is refused is told, not thrown, and is no dead letter. @throws IPC_* of wrong input never */
  trySend<M extends Payload>(to: To<M>, payload: M, options?: SendOptions): TrySendResult;
  /**
   * Sends a message to a process, service or node and waits for its reply.
   *
   * @throws as `send`; IPC_TIMEOUT, IPC_TARGET_EXITED, the code of the receiver's error reply, or the signal's reason
   */
  request<M extends Payload>(to: To<M>, payload: M, options?: RequestOptions): Promise<Message>;
  /** Gives a message to every subscriber of a topic. @throws IPC_TOPIC_INVALID and the payload codes of `send` */
  publish(topic: string, payload: Payload, options?: SendOptions): Promise<PublishResult>;
  /** Sends a message to every process. @throws the payload codes of `send` */
  broadcast(payload: Payload, options?: SendOptions): Promise<PublishResult>;
  /**
   * Receives the messages of a topic or pattern outside of any process. While its buffer is full, publishers wait, up to 5 seconds;
   * then the stream fails with IPC_STREAM_STALLED, so that nothing is missed in silence. End it by leaving the loop, or by `signal`.
   *
   * @throws IPC_TOPIC_INVALID, IPC_INPUT_INVALID, IPC_TOO_MANY_STREAMS over 1000
   */
  stream(pattern: string, options?: StreamOptions): Promise<MessageStream>;
  /**
   * Takes messages to the kernel: those to PID 0 and to `{ kind: "kernel" }`. Handlers are asked in turn until one gives a reply.
   *
   * @returns a function that removes the handler
   */
  handle(handler: KernelHandler): () => void;
  /** Acts on a process. @throws PROCESS_NOT_FOUND, PROCESS_STATE, PROCESS_PROTECTED, IPC_INPUT_INVALID */
  signal(to: ProcessRef<never>, name: GivenSignal): Promise<void>;
  /** Asks a process for a sign of life. @returns how long it took, in milliseconds @throws as `request` */
  ping(to: ProcessRef<never>, options?: RequestOptions): Promise<number>;
  /** Topics and patterns with subscribers. */
  topics(): readonly TopicInfo[];
  /** Messages waiting in a process's mailbox; undefined when it has none. */
  depth(to: ProcessRef<never>): number | undefined;
  /** The newest traced messages of a trace, oldest first: by its trace id, or by the id of one of its messages. */
  trace(id: string): readonly TraceStep[];
  readonly deadLetters: DeadLetterBook;
  /** Durable subscriptions, which agents begin by `subscribe(pattern, { durable })`. */
  readonly durables: {
    list(): readonly DurableInfo[];
    /** Ends one and forgets its messages. @returns whether it was there */
    remove(name: string): Promise<boolean>;
  };
  /** Jobs that run by themselves. */
  readonly cron: Cron;
  readonly events: EventSource<IpcEvents>;
}

/** What could not be delivered: the newest 10 000, on disk. */
export interface DeadLetterBook {
  /** Counts since the kernel started, by reason. */
  counts(): Readonly<Partial<Record<DeadLetterReason, number>>>;
  /** Those that fit, oldest first; the newest 100 unless `limit` says otherwise. */
  list(filter?: DeadLetterFilter): readonly DeadLetter[];
  find(id: string): DeadLetter | undefined;
  /**
   * Sends a dead letter again, as its sender's word: to the process that missed it (to its target where that was none), or to another;
   * it is removed once it was delivered.
   *
   * @throws IPC_DEAD_LETTER_NOT_FOUND, IPC_DEAD_LETTER_EMPTY when its payload was not kept, and as `send`
   */
  replay(
    id: string,
    options?: { readonly to?: To | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<SendResult>;
  /** Removes those that fit. @returns how many */
  purge(filter?: Omit<DeadLetterFilter, "limit">): Promise<number>;
}
