/** Iterates an inbox. A class, not an async generator: an idle agent holds half the memory. */
import type { Inbox, Message } from "@weftos/interface";

export class InboxIterator<M> implements AsyncIterator<Message<M>, undefined> {
  readonly #inbox: Pick<Inbox<M>, "receive">;

  constructor(inbox: Pick<Inbox<M>, "receive">) {
    this.#inbox = inbox;
  }

  next(): Promise<IteratorResult<Message<M>, undefined>> {
    return this.#inbox.receive().then(toResult);
  }
}

function toResult<M>(value: Message<M> | undefined): IteratorResult<Message<M>, undefined> {
  return value === undefined ? { done: true, value } : { done: false, value };
}
