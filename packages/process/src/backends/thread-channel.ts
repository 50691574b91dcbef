/**
 * The line between a kernel and an agent in a thread: what one side says in one turn goes over the port as one text, since each
 * posting costs more than what it carries. What is not JSON throughout (bytes; what an agent gave that is no payload) goes by itself, as a
 * structured clone, in its place in the order. A text is written when the message is said: what is changed later does not show.
 */

import { isJson } from "../json-input.ts";
import { nextTurn } from "./next-turn.ts";
import { type FromWorker, isUrgent, type ToWorker } from "./worker-protocol.ts";

/** Messages of one posting, at most. */
const MAX_MESSAGES = 64;
/** Characters of one posting, unless one message alone has more. */
const MAX_CHARACTERS = 262_144;

/** Says messages over a port, in their order. */
export class ThreadChannel<M extends FromWorker | ToWorker> {
  readonly #carry: (posting: string | M) => void;
  #texts: string[] = [];
  #characters = 0;
  #due = false;
  #said = 0;
  readonly #atOnce: number;

  /**
   * @param atOnce - how many messages of each turn do not wait for its end: what an agent took and answered is known although its
   * code then holds the thread
   * @param carry - posts to the other thread; throws what cannot be cloned
   */
  constructor(atOnce: number, carry: (posting: string | M) => void) {
    this.#atOnce = atOnce;
    this.#carry = carry;
  }

  /** Says a message before this turn of the thread is over. @throws what cannot be carried */
  post(message: M): void {
    if (!isTextual(message)) {
      this.flush();
      this.#carry(message);
      return;
    }
    const text = JSON.stringify(message);
    this.#texts.push(text);
    this.#characters += text.length;
    if (this.#texts.length >= MAX_MESSAGES || this.#characters >= MAX_CHARACTERS) this.flush();
    // These are no part of what its code says of a message, and take the place of none that is.
    if (isUrgent(message.type)) {
      this.flush();
      return;
    }
    if (!this.#due) {
      this.#due = true;
      this.#said = 0;
      // After all that waits at the port: what comes of it goes along.
      nextTurn(() => this.#onTurn());
    }
    if (this.#said >= this.#atOnce) return;
    this.#said += 1;
    this.flush();
  }

  /** Says now what was not said yet. */
  flush(): void {
    if (this.#texts.length === 0) return;
    const posting = `[${this.#texts.join()}]`;
    this.#texts = [];
    this.#characters = 0;
    this.#carry(posting);
  }

  #onTurn(): void {
    this.#due = false;
    this.flush();
  }
}

/** Gives the messages of what came over a port, unchecked. @throws SyntaxError, TypeError when a text is no list */
export function messagesOf(posting: unknown): readonly unknown[] {
  if (typeof posting !== "string") return [posting];
  const messages: unknown = JSON.parse(posting);
  if (!Array.isArray(messages)) throw new TypeError("expected a list of messages");
  return messages;
}

/** Whether JSON carries all of it; whatever an agent or a tool gave is looked at. */
function isTextual(message: FromWorker | ToWorker): boolean {
  switch (message.type) {
    case "message":
      return isJson(message.message.payload);
    case "result":
      return isTextualResult(message.value);
    case "call":
      return isTextualCall(message.call);
    case "start":
      return false;
    default:
      return true;
  }
}

function isTextualCall(call: object): boolean {
  const { method, payload } = call as { readonly method: string; readonly payload?: unknown };
  switch (method) {
    case "acknowledge":
    case "replyError":
      return true;
    case "send":
    case "request":
    case "reply":
    case "publish":
    case "broadcast":
      return isJson(payload);
    default:
      return false;
  }
}

function isTextualResult(value: unknown): boolean {
  if (value === undefined || isJson(value)) return true;
  // A reply: some of its fields are undefined, which JSON leaves out.
  return (
    typeof value === "object" &&
    value !== null &&
    "correlationId" in value &&
    "payload" in value &&
    isJson(value.payload)
  );
}
