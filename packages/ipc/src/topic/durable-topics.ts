/** The durable subscriptions of a kernel: a journal each, under `journal/topics`. */
import type { FeatureContext, Pid, SubscribeOptions } from "@weftos/interface";
import { MAX_RECORD_BYTES } from "../delivery/stored-message.ts";
import { DurableTakenError, TooManyDurablesError } from "../ipc-errors.ts";
import { invalid } from "../message/call-input.ts";
import type { Envelope } from "../message/envelope.ts";
import type { MessageIds } from "../message/message-ids.ts";
import { type DurableInfo, DurableTopic } from "./durable-topic.ts";
import type { Sink, Subscriptions } from "./subscriptions.ts";

const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
const MAX_TOPICS = 100;

export interface DurableTopicsDeps {
  readonly context: Pick<FeatureContext, "platform" | "files" | "dir" | "logger" | "clock">;
  readonly ids: MessageIds;
  readonly topics: Subscriptions;
  readonly lost: (message: Envelope, pid: Pid | undefined) => void;
}

export class DurableTopics {
  readonly #deps: DurableTopicsDeps;
  readonly #topics = new Map<string, DurableTopic>();
  readonly #opening = new Set<string>();

  constructor(deps: DurableTopicsDeps) {
    this.#deps = deps;
  }

  /** Takes up the subscriptions of earlier boots: they go on keeping messages. */
  async open(): Promise<void> {
    const { files } = this.#deps.context;
    const folder = this.#folder();
    if ((await files.stat(folder)) === undefined) return;
    for (const { name, kind } of await files.list(folder)) {
      if (kind !== "file" || !NAME.test(name)) continue;
      const topic = await this.#read(name);
      // Its first record never reached the disk.
      if (topic.pattern === "") await topic.close();
      else this.#add(topic);
    }
  }

  /**
   * Begins a durable subscription, or goes on with it.
   *
   * @throws IPC_INPUT_INVALID, IPC_DURABLE_TAKEN, IPC_TOO_MANY_DURABLES
   */
  async subscribe(pattern: string, durable: NonNullable<SubscribeOptions["durable"]>, reader: Sink): Promise<void> {
    const { name, from } = durable;
    if (typeof name !== "string" || !NAME.test(name)) {
      throw invalid("durable.name", "1 to 64 lower-case letters, digits and dashes", name);
    }
    if (from !== undefined && (!Number.isSafeInteger(from) || from < 1)) {
      throw invalid("durable.from", "a position of 1 or more", from);
    }
    const topic = this.#topics.get(name) ?? (await this.#begin(name, pattern));
    if (topic.pattern !== pattern) throw invalid("the pattern", `that of ${name}, which is ${topic.pattern}`, pattern);
    if (topic.pid !== undefined && topic.pid !== reader.pid) throw taken(name);
    topic.read(reader, from);
  }

  /** Lets a reader's subscriptions rest, or hands them to its next start. */
  left(pid: Pid, next: Sink | undefined): void {
    for (const topic of this.#topics.values()) {
      if (topic.pid !== pid) continue;
      if (next === undefined) topic.rest();
      else topic.read(next);
    }
  }

  /** The patterns of what a process reads. */
  patternsOf(pid: Pid): readonly string[] {
    return [...this.#topics.values()].filter((topic) => topic.pid === pid).map(({ pattern }) => pattern);
  }

  /** Lets a reader's subscriptions of a pattern rest: it may not read them any more. */
  rest(pid: Pid, pattern: string): void {
    for (const topic of this.#topics.values()) if (topic.pid === pid && topic.pattern === pattern) topic.rest();
  }

  async acknowledge(pid: Pid, name: string, position: number): Promise<void> {
    const topic = this.#topics.get(name);
    if (topic?.pid === pid) await topic.acknowledge(position);
  }

  /** Ends a subscription and forgets its messages. @returns whether it was there */
  async remove(name: string): Promise<boolean> {
    const topic = this.#topics.get(name);
    if (topic === undefined) return false;
    this.#topics.delete(name);
    this.#deps.topics.removeAll(topic);
    await topic.close();
    await this.#deps.context.files.remove(`${this.#folder()}/${name}`);
    return true;
  }

  list(): readonly DurableInfo[] {
    return [...this.#topics.values()].map(({ info }) => info).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async close(): Promise<void> {
    for (const topic of this.#topics.values()) await topic.close();
  }

  async #begin(name: string, pattern: string): Promise<DurableTopic> {
    if (this.#topics.size + this.#opening.size >= MAX_TOPICS) {
      throw new TooManyDurablesError(`${MAX_TOPICS} durable subscriptions exist, which is the limit`, {
        details: { limit: MAX_TOPICS },
      });
    }
    if (this.#opening.has(name)) throw taken(name);
    this.#opening.add(name);
    try {
      await this.#deps.context.files.makeFolder(this.#folder(), { mode: 0o700 });
      const topic = await this.#read(name);
      await topic.begin(pattern);
      this.#add(topic);
      return topic;
    } finally {
      this.#opening.delete(name);
    }
  }

  async #read(name: string): Promise<DurableTopic> {
    const { platform, files, logger, clock } = this.#deps.context;
    const log = await platform.openAppendLog(files, `${this.#folder()}/${name}`, { maxRecordBytes: MAX_RECORD_BYTES });
    if (log.droppedBytes > 0) logger.warn("a durable subscription had a torn end", { name, bytes: log.droppedBytes });
    return await DurableTopic.open(name, log, {
      clock,
      ids: this.#deps.ids,
      lost: this.#deps.lost,
      failed: (error) => {
        const why = error instanceof Error ? error.message : "unknown";
        logger.error("a durable subscription has a fault", { name, error: why });
      },
    });
  }

  #add(topic: DurableTopic): void {
    this.#topics.set(topic.name, topic);
    this.#deps.topics.add(topic, topic.pattern);
  }

  #folder(): string {
    return `${this.#deps.context.dir}/journal/topics`;
  }
}

function taken(name: string): DurableTakenError {
  return new DurableTakenError(`the durable subscription ${name} has a reader`, { details: { name }, retryable: true });
}
