/** What a person does with dead letters: sends them again, or clears them away. Both guarded. */
import type { Guard, SendResult, Subject } from "@weftos/interface";
import { DeadLetterEmptyError, DeadLetterNotFoundError } from "../ipc-errors.ts";
import { recipientOf } from "../message/call-input.ts";
import type { Router } from "../routing/router.ts";
import type { DeadLetterFilter } from "./dead-letter.ts";
import type { DeadLetters } from "./dead-letters.ts";

/** How to replay. */
export interface ReplayOptions {
  /** Whom to send it to instead. */
  readonly to?: unknown;
  readonly signal?: AbortSignal | undefined;
}

export class DeadLetterDesk {
  readonly #router: Pick<Router, "replay">;
  readonly #guard: Guard;
  readonly #letters: DeadLetters;
  readonly #replaying = new Set<string>();

  constructor(router: Pick<Router, "replay">, guard: Guard, letters: DeadLetters) {
    this.#router = router;
    this.#guard = guard;
    this.#letters = letters;
  }

  /**
   * Sends a letter again, in the name of who asks for that: to the process that missed it, to its target where that was none, or to
   * another. The message keeps its sender. The letter is removed once it was delivered; one that fails again keeps its place.
   *
   * @throws IPC_DEAD_LETTER_NOT_FOUND, IPC_DEAD_LETTER_EMPTY, and as `send`
   */
  async replay(subject: Subject, id: string, options: ReplayOptions = {}): Promise<SendResult> {
    const letter = this.#letters.find(id);
    if (letter === undefined || this.#replaying.has(id)) {
      const message = letter === undefined ? "there is no such dead letter" : "that dead letter is being sent again";
      throw new DeadLetterNotFoundError(message, { details: { id: String(id).slice(0, 64) } });
    }
    if (letter.payload === undefined) {
      throw new DeadLetterEmptyError(`the payload of dead letter ${id} was not kept`, { details: { id } });
    }
    const to = options.to === undefined ? undefined : recipientOf(options.to);
    this.#replaying.add(id);
    try {
      const sent = await this.#router.replay(subject, { ...letter, payload: letter.payload }, to, options.signal);
      this.#letters.remove(id);
      return sent;
    } catch (error) {
      this.#letters.replayed(id);
      throw error;
    } finally {
      this.#replaying.delete(id);
    }
  }

  /** Removes the letters that fit. @returns how many */
  async purge(subject: Subject, filter: Omit<DeadLetterFilter, "limit">): Promise<number> {
    const { pid, to, reason, since, until } = filter;
    const facts = { pid, to, reason, since, until };
    const attributes = Object.fromEntries(
      Object.entries(facts).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
    );
    return await this.#guard.perform(
      { action: "ipc.purge", subject, resource: "dead-letters", attributes, summary: (purged) => ({ purged }) },
      () => this.#letters.purge(filter),
    );
  }
}
