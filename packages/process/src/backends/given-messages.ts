/**
 * The messages that an agent apart was given and may still answer or acknowledge, as the router gave them: what the agent tells of them
 * is not believed. Bounded by their number and by the bytes of their payloads; the oldest is forgotten first.
 */
import type { Message } from "@weftos/interface";
import { ProcessInputInvalidError } from "../process-errors.ts";

/** Requests whose replies may still come. */
const MAX_OPEN = 4096;
/** Requests that were answered and are still known, so that a second reply is told as late. */
const MAX_ANSWERED = 64;
/** Most bytes of their payloads, of each kind. */
const MAX_BYTES = 64 * 1024 * 1024;

export class GivenMessages {
  readonly #open = new Kept(MAX_OPEN, MAX_BYTES);
  readonly #answered = new Kept(MAX_ANSWERED, MAX_BYTES);

  /** A request, or what is to be acknowledged, was given to the agent. */
  remember(message: Message): void {
    if (message.deadline !== undefined || isAcknowledged(message)) this.#open.add(message);
  }

  /** The message that is acknowledged. @throws PROCESS_INPUT_INVALID */
  acknowledged(id: string): Message {
    const message = this.#open.get(id);
    if (message === undefined) {
      throw new ProcessInputInvalidError("an acknowledgement names no message that this agent got and needs one", {
        details: { issues: [] },
      });
    }
    if (message.deadline === undefined) this.#open.delete(message);
    return message;
  }

  /** The request that is answered. @throws PROCESS_INPUT_INVALID */
  answered(id: string): Message {
    const message = this.#open.get(id) ?? this.#answered.get(id);
    if (message === undefined) {
      throw new ProcessInputInvalidError("a reply names no request that this agent got and has not answered", {
        details: { issues: [] },
      });
    }
    this.#open.delete(message);
    this.#answered.add(message);
    return message;
  }

  clear(): void {
    this.#open.clear();
    this.#answered.clear();
  }
}

/** Messages by their ids, oldest first. */
class Kept {
  readonly #most: number;
  readonly #mostBytes: number;
  readonly #messages = new Map<string, Message>();
  #bytes = 0;

  constructor(most: number, mostBytes: number) {
    this.#most = most;
    this.#mostBytes = mostBytes;
  }

  get(id: string): Message | undefined {
    return this.#messages.get(id);
  }

  add(message: Message): void {
    this.delete(message);
    this.#messages.set(message.id, message);
    this.#bytes += message.bytes ?? 0;
    for (const oldest of this.#messages.values()) {
      if (this.#messages.size <= this.#most && this.#bytes <= this.#mostBytes) return;
      this.delete(oldest);
    }
  }

  delete(message: Message): void {
    if (this.#messages.delete(message.id)) this.#bytes -= message.bytes ?? 0;
  }

  clear(): void {
    this.#messages.clear();
    this.#bytes = 0;
  }
}

function isAcknowledged(message: Message): boolean {
  return message.attempt !== undefined || message.position !== undefined;
}
