/** Where the journals are that take over where memory is not enough. They need the router, so they come after it is made. */
import type { Outbox } from "../delivery/outbox.ts";
import type { DurableTopics } from "../topic/durable-topics.ts";

/** What keeps reliable messages and durable subscriptions. */
export interface Journals {
  readonly outbox: Pick<Outbox, "post" | "acknowledge" | "returned" | "moved">;
  readonly durables: Pick<DurableTopics, "subscribe" | "left" | "acknowledge" | "patternsOf" | "rest">;
}

export class Durability {
  #journals: Journals | undefined;

  open(journals: Journals): void {
    this.#journals = journals;
  }

  /** Undefined before they are there: nothing is reliable or durable then. */
  get journals(): Journals | undefined {
    return this.#journals;
  }

  /** For what cannot be done without. */
  get required(): Journals {
    if (this.#journals !== undefined) return this.#journals;
    throw new TypeError("the router is used before its journals are there");
  }
}
