/** Makes dead letters of messages that nobody will get. */
import type { Clock, Pid } from "@weftos/interface";
import type { DeadLetter, DeadLetterReason } from "../dead-letter/dead-letter.ts";
import type { DeadLetters } from "../dead-letter/dead-letters.ts";
import type { Envelope } from "../message/envelope.ts";
import type { Durability } from "./durability.ts";
import type { TraceLog } from "./trace-log.ts";

export interface DeadLetteringDeps {
  readonly clock: Pick<Clock, "now">;
  readonly deadLetters: Pick<DeadLetters, "add">;
  readonly traces: TraceLog;
  readonly durability: Durability;
  readonly onDeadLetter: (letter: DeadLetter) => void;
}

export class DeadLettering {
  readonly #deps: DeadLetteringDeps;

  constructor(deps: DeadLetteringDeps) {
    this.#deps = deps;
  }

  /** Makes a dead letter of a message. One that lies in the outbox or in a journal is not lost yet. */
  bury(message: Envelope, reason: DeadLetterReason, pid?: Pid): void {
    const { clock, deadLetters, traces, durability, onDeadLetter } = this.#deps;
    if (durability.journals?.outbox.returned(message) === true || message.rare.durable !== undefined) return;
    traces.record(message, reason);
    onDeadLetter(deadLetters.add(message, reason, clock.now(), pid));
  }
}
