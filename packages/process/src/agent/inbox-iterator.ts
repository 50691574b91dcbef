/** Iterates an inbox. A class, not an async generator: an idle agent holds half the memory. */
import type { Inbox, Message } from "@weftos/interface";

export class InboxIterator<M> implements AsyncIterator<Message<M>, undefined> {
  readonly #inbox: Pick<Inbox<M>, "receive">;

  constructor(inbox: Pick<Inbox<M>, "receive">) {
    this.#inbox = inbox;
  }

  async next(): Promise<IteratorResult<Message<M>, undefined>> {
    const value = await this.#inbox.receive();
    return value === undefined ? { done: true, value } : { done: false, value };
  }
}
