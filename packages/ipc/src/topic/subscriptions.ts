/** Who subscribes to what, kept both ways, so that publishing and the end of a subscriber cost only what they touch. */
import type { Pid } from "@weftos/interface";
import type { DeadLetterReason } from "../dead-letter/dead-letter.ts";
import { IpcInputInvalidError, TooManySubscriptionsError } from "../ipc-errors.ts";
import type { Pushed } from "../mailbox/mailbox.ts";
import type { Envelope } from "../message/envelope.ts";
import { checkPattern } from "./topic-name.ts";
import { type Branch, type Group, TopicTrie } from "./topic-trie.ts";

const MAX_PER_SINK = 1000;
const GROUP = /^[A-Za-z0-9_-]{1,64}$/;

/** What takes the messages of a topic. */
export interface Sink {
  /** The process behind it; undefined for a stream out of the kernel. */
  readonly pid: Pid | undefined;
  /** Why what it refuses is a dead letter. */
  readonly refusal: DeadLetterReason;
  /** Takes a message at once, or tells later whether it could. */
  offer(message: Envelope): Pushed | Promise<Pushed>;
}

/** What became of a message. */
export interface FanOut {
  delivered: number;
  refused: number;
  /** Those that could not take it. */
  readonly refusals: Sink[];
  /** Those that tell later. */
  waiting: { readonly sink: Sink; readonly taken: Promise<Pushed> }[] | undefined;
}

/** A pattern with the number of its subscribers. */
export interface TopicInfo {
  readonly topic: string;
  readonly subscribers: number;
  /** Names of its queue groups. */
  readonly groups: readonly string[];
}

interface Held {
  readonly branch: Branch<Sink>;
  readonly group: string | undefined;
}

export class Subscriptions {
  readonly #trie = new TopicTrie<Sink>();
  readonly #held = new Map<Sink, Map<string, Held>>();

  /**
   * Adds a subscription; a second one alike changes nothing.
   *
   * @throws IPC_TOPIC_INVALID, IPC_TOO_MANY_SUBSCRIPTIONS, IPC_INPUT_INVALID for a group that is none
   */
  add(sink: Sink, pattern: string, group?: string): void {
    const segments = checkPattern(pattern);
    checkGroup(group);
    const held = this.#held.get(sink) ?? new Map<string, Held>();
    const key = keyOf(pattern, group);
    if (held.has(key)) return;
    if (held.size >= MAX_PER_SINK) {
      const who = sink.pid === undefined ? "the stream" : `process ${sink.pid}`;
      throw new TooManySubscriptionsError(`${who} has ${MAX_PER_SINK} subscriptions, which is the limit`, {
        details: { pid: sink.pid, limit: MAX_PER_SINK },
      });
    }
    const branch = this.#trie.grow(pattern, segments);
    if (group === undefined) branch.sinks.add(sink);
    else {
      const members = branch.groups.get(group) ?? { members: [], next: 0 };
      members.members.push(sink);
      branch.groups.set(group, members);
    }
    this.#held.set(sink, held.set(key, { branch, group }));
  }

  remove(sink: Sink, pattern: string, group?: string): void {
    const held = this.#held.get(sink);
    const entry = held?.get(keyOf(pattern, group));
    if (held === undefined || entry === undefined) return;
    held.delete(keyOf(pattern, group));
    if (held.size === 0) this.#held.delete(sink);
    leave(entry, sink);
    this.#trie.prune(entry.branch);
  }

  /** Ends all that a sink has of a pattern, in every group. */
  removePattern(sink: Sink, pattern: string): void {
    for (const { branch, group } of [...(this.#held.get(sink)?.values() ?? [])])
      if (branch.pattern === pattern) this.remove(sink, pattern, group);
  }

  removeAll(sink: Sink): void {
    for (const { branch, group } of [...(this.#held.get(sink)?.values() ?? [])])
      this.remove(sink, branch.pattern, group);
  }

  /** Lets another sink take the place of one, in every group too. */
  move(from: Sink, to: Sink): void {
    const held = [...(this.#held.get(from)?.values() ?? [])];
    this.removeAll(from);
    for (const { branch, group } of held) this.add(to, branch.pattern, group);
  }

  /** Gives a message to every subscriber of its topic but the sender, to each once, and to one of each group. */
  publish(topic: string, message: Envelope): FanOut {
    // A PID of another node is not that of the process which has it here.
    const sender = message.node === undefined ? message.from : undefined;
    const result: FanOut = { delivered: 0, refused: 0, refusals: [], waiting: undefined };
    const branches = this.#trie.match(topic);
    const seen = branches.length > 1 ? new Set<Sink>() : undefined;
    for (const { sinks, groups } of branches) {
      for (const sink of sinks) {
        if (sink.pid === sender && sender !== undefined) continue;
        if (seen !== undefined) {
          if (seen.has(sink)) continue;
          seen.add(sink);
        }
        give(sink, message, result);
      }
      for (const group of groups.values()) giveOne(group, message, sender, result);
    }
    return result;
  }

  /** Every pattern with the number of its subscribers, sorted. */
  list(): readonly TopicInfo[] {
    const all: TopicInfo[] = [];
    for (const { pattern, sinks, groups } of this.#trie.patterns) {
      let subscribers = sinks.size;
      for (const { members } of groups.values()) subscribers += members.length;
      all.push({ topic: pattern, subscribers, groups: [...groups.keys()].sort() });
    }
    return all.sort((a, b) => (a.topic < b.topic ? -1 : 1));
  }

  /** The patterns of one subscriber, sorted. */
  of(sink: Sink): readonly string[] {
    return [...(this.#held.get(sink)?.values() ?? [])].map(({ branch }) => branch.pattern).sort();
  }
}

function give(sink: Sink, message: Envelope, result: FanOut): void {
  const taken = sink.offer(message);
  if (taken === "refused") {
    result.refused += 1;
    result.refusals.push(sink);
  } else if (typeof taken === "string") {
    result.delivered += 1;
  } else {
    result.waiting ??= [];
    result.waiting.push({ sink, taken });
  }
}

/** In turn; a member without room, and the sender, are passed over. */
function giveOne(group: Group<Sink>, message: Envelope, sender: Pid | undefined, result: FanOut): void {
  const { members } = group;
  let last: Sink | undefined;
  for (let tried = 0; tried < members.length; tried += 1) {
    const sink = members[(group.next + tried) % members.length] as Sink;
    if (sink.pid === sender && sender !== undefined) continue;
    if (sink.offer(message) !== "refused") {
      group.next = (group.next + tried + 1) % members.length;
      result.delivered += 1;
      return;
    }
    last = sink;
  }
  if (last === undefined) return;
  result.refused += 1;
  result.refusals.push(last);
}

function leave({ branch, group }: Held, sink: Sink): void {
  if (group === undefined) {
    branch.sinks.delete(sink);
    return;
  }
  const members = branch.groups.get(group);
  if (members === undefined) return;
  members.members.splice(members.members.indexOf(sink), 1);
  members.next = 0;
  if (members.members.length === 0) branch.groups.delete(group);
}

function keyOf(pattern: string, group: string | undefined): string {
  return group === undefined ? pattern : `${pattern} ${group}`;
}

function checkGroup(group: unknown): void {
  if (group === undefined || (typeof group === "string" && GROUP.test(group))) return;
  throw new IpcInputInvalidError("expected group to be 1 to 64 letters, digits, _ and -", {
    details: { field: "group", expected: "1 to 64 letters, digits, _ and -", received: typeof group },
  });
}
