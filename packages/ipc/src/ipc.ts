/** What `kernel.ipc` offers to the program that embeds the kernel: messages from PID 0, signals, dead letters. */
import type {
  EventSource,
  Message,
  Payload,
  ProcessRef,
  RequestOptions,
  SendOptions,
  SendResult,
} from "@weftos/interface";
import type { DeadLetter, DeadLetterReason } from "./dead-letter/dead-letters.ts";
import type { GivenSignal } from "./message/call-input.ts";

/** In-process events of the router. */
export type IpcEvents = {
  /** A message could not be delivered. */
  readonly "message:dead-lettered": DeadLetter;
};

/** Messages from the kernel (PID 0) to its processes. */
export interface Ipc {
  /**
   * Sends a message.
   *
   * @returns when it is in the receiver's mailbox, not when it was read
   * @throws IPC_TARGET_NOT_FOUND, IPC_INBOX_FULL (retryable), IPC_PAYLOAD_INVALID, IPC_PAYLOAD_TOO_LARGE, IPC_INPUT_INVALID
   */
  send<M extends Payload>(to: ProcessRef<M>, payload: M, options?: SendOptions): Promise<SendResult>;
  /**
   * Sends a message and waits for its reply.
   *
   * @throws as `send`; IPC_TIMEOUT, IPC_TARGET_EXITED, the code of the receiver's error reply, or the signal's reason
   */
  request<M extends Payload>(to: ProcessRef<M>, payload: M, options?: RequestOptions): Promise<Message>;
  /** Gives a message to every subscriber of a topic. @throws IPC_TOPIC_INVALID and the payload codes of `send` */
  publish(
    topic: string,
    payload: Payload,
    options?: SendOptions,
  ): Promise<{ readonly delivered: number; readonly refused: number }>;
  /** Acts on a process. @throws PROCESS_NOT_FOUND, PROCESS_STATE, PROCESS_PROTECTED, IPC_INPUT_INVALID */
  signal(to: ProcessRef<never>, name: GivenSignal): Promise<void>;
  /** Asks a process for a sign of life. @returns how long it took, in milliseconds @throws as `request` */
  ping(to: ProcessRef<never>, options?: RequestOptions): Promise<number>;
  /** Topics with subscribers. */
  topics(): readonly { readonly topic: string; readonly subscribers: number }[];
  /** Messages waiting in a process's mailbox; undefined when it has none. */
  depth(to: ProcessRef<never>): number | undefined;
  readonly deadLetters: {
    counts(): Readonly<Record<DeadLetterReason, number>>;
    list(): readonly DeadLetter[];
  };
  readonly events: EventSource<IpcEvents>;
}
