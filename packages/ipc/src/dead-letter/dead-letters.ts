/** Counts and keeps in short what could not be delivered, so that nothing is lost without a trace. */
import type { Message, MessageTarget, Pid } from "@weftos/interface";

/** Why a message was not delivered. */
export type DeadLetterReason = "target-not-found" | "inbox-full" | "target-exited" | "late-reply";

/** A message that was not delivered, without its payload. */
export interface DeadLetter {
  readonly id: string;
  readonly from: Pid;
  readonly target: MessageTarget;
  readonly reason: DeadLetterReason;
  /** Milliseconds UTC. */
  readonly at: number;
}

const KEPT = 1000;

/** The newest 1000 dead letters, and a count of all by reason. */
export class DeadLetters {
  readonly #kept: DeadLetter[] = [];
  readonly #counts: Record<DeadLetterReason, number> = {
    "target-not-found": 0,
    "inbox-full": 0,
    "target-exited": 0,
    "late-reply": 0,
  };

  add(message: Pick<Message, "id" | "from" | "target">, reason: DeadLetterReason, at: number): DeadLetter {
    const letter: DeadLetter = { id: message.id, from: message.from, target: message.target, reason, at };
    this.#counts[reason] += 1;
    if (this.#kept.length === KEPT) this.#kept.shift();
    this.#kept.push(letter);
    return letter;
  }

  /** Counts since the kernel started, by reason. */
  counts(): Readonly<Record<DeadLetterReason, number>> {
    return { ...this.#counts };
  }

  /** The newest ones, oldest first. */
  list(): readonly DeadLetter[] {
    return [...this.#kept];
  }
}
