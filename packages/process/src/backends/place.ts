/** Where an agent's code runs outside the kernel's thread: a thread or a process, and the line to it. */
import type { ExitReason } from "@weftos/interface";
import type { Measured, ToWorker } from "./worker-protocol.ts";

/** What a place tells whoever opened it. */
export interface PlaceEvents {
  /** The code said something: unchecked. */
  said(raw: unknown): void;
  /** The code said what no agent says. */
  violated(what: string): void;
  /** The code failed without catching it; the reason stands when the place is gone. */
  failed(error: unknown, reason: ExitReason): void;
  /** Nothing of it runs any more; `reason` is what is known of why. Told once. */
  gone(reason: ExitReason): void;
}

export interface Place {
  /** Says something to the code. Throws what cannot be carried. */
  post(message: ToWorker): void;
  /** Resolves when most of what was posted has left; undefined when it has. Never rejects. */
  room(): Promise<void> | undefined;
  /** Ends the code, whatever it does; `gone` follows. A second call does nothing. */
  end(): void;
  /** Measures from outside, where that is possible. */
  measure(): Promise<Measured>;
}
