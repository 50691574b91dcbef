/** Who subscribes to what. Names are exact; `*` and `>` are kept free for patterns. */
import type { Pid } from "@weftos/interface";
import { TooManySubscriptionsError, TopicInvalidError } from "../ipc-errors.ts";

const NAME = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;
const MAX_NAME_LENGTH = 256;
const MAX_PER_PROCESS = 1000;

/**
 * Checks a topic's name.
 *
 * @throws IPC_TOPIC_INVALID
 */
export function checkTopic(topic: unknown): string {
  if (typeof topic === "string" && topic.length <= MAX_NAME_LENGTH && NAME.test(topic)) return topic;
  const received = typeof topic === "string" ? JSON.stringify(topic.slice(0, 64)) : typeof topic;
  throw new TopicInvalidError(
    `a topic is segments of letters, digits, _ and - joined by dots, at most ${MAX_NAME_LENGTH} characters, got ${received}`,
    { details: { received } },
  );
}

/** Subscriptions both ways, so that publishing and the end of a process cost only what they touch. */
export class TopicTable {
  readonly #subscribers = new Map<string, Set<Pid>>();
  readonly #topics = new Map<Pid, Set<string>>();

  /** Adds a subscription; a second one of the same process changes nothing. @throws IPC_TOO_MANY_SUBSCRIPTIONS */
  add(pid: Pid, topic: string): void {
    const topics = this.#topics.get(pid) ?? new Set();
    if (topics.has(topic)) return;
    if (topics.size >= MAX_PER_PROCESS) {
      throw new TooManySubscriptionsError(`process ${pid} has ${MAX_PER_PROCESS} subscriptions, which is the limit`, {
        details: { pid, limit: MAX_PER_PROCESS },
      });
    }
    this.#topics.set(pid, topics.add(topic));
    this.#subscribers.set(topic, (this.#subscribers.get(topic) ?? new Set()).add(pid));
  }

  remove(pid: Pid, topic: string): void {
    const topics = this.#topics.get(pid);
    if (topics?.delete(topic) !== true) return;
    if (topics.size === 0) this.#topics.delete(pid);
    const subscribers = this.#subscribers.get(topic);
    subscribers?.delete(pid);
    if (subscribers?.size === 0) this.#subscribers.delete(topic);
  }

  removeAll(pid: Pid): void {
    for (const topic of [...(this.#topics.get(pid) ?? [])]) this.remove(pid, topic);
  }

  subscribers(topic: string): Iterable<Pid> {
    return this.#subscribers.get(topic) ?? [];
  }

  /** Every topic with the number of its subscribers, sorted by name. */
  list(): readonly { readonly topic: string; readonly subscribers: number }[] {
    return [...this.#subscribers]
      .map(([topic, pids]) => ({ topic, subscribers: pids.size }))
      .sort((a, b) => (a.topic < b.topic ? -1 : 1));
  }
}
