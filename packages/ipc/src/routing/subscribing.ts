/** Lets processes subscribe to topics, and ends subscriptions that their rights no longer hold. */
import type { CapabilityCheck, Guard, Pid, SubscribeOptions } from "@weftos/interface";
import { subscribeAction } from "../ipc-actions.ts";
import { invalid } from "../message/call-input.ts";
import type { Subscriptions } from "../topic/subscriptions.ts";
import { checkPattern } from "../topic/topic-name.ts";
import type { Durability } from "./durability.ts";
import type { Endpoints } from "./endpoints.ts";
import { aboutSubscription } from "./guard-questions.ts";
import { notFound } from "./routes.ts";

export interface SubscribingDeps {
  readonly guard: Guard;
  readonly rights: () => Pick<CapabilityCheck, "check">;
  readonly endpoints: Endpoints;
  readonly topics: Subscriptions;
  readonly durability: Durability;
  /** Refuses a process that neither starts nor runs. */
  readonly checkSender: (pid: Pid) => void;
}

export class Subscribing {
  readonly #deps: SubscribingDeps;

  constructor(deps: SubscribingDeps) {
    this.#deps = deps;
  }

  async subscribe(pid: Pid, pattern: string, options: SubscribeOptions): Promise<void> {
    const { guard, endpoints, topics, durability, checkSender } = this.#deps;
    checkPattern(pattern);
    checkSender(pid);
    const { group, durable } = options;
    const more = {
      ...(group === undefined ? {} : { group }),
      ...(durable === undefined ? {} : { durable: durable.name }),
    };
    await guard.perform(aboutSubscription(endpoints.subject(pid), pattern, more), async () => {
      const endpoint = endpoints.find(pid);
      if (endpoint === undefined) throw notFound(pid);
      if (durable === undefined) topics.add(endpoint, pattern, group);
      else if (group !== undefined) throw invalid("group", "absent from a durable subscription", group);
      else await durability.required.durables.subscribe(pattern, durable, endpoint);
    });
  }

  unsubscribe(pid: Pid, pattern: string, group: string | undefined): void {
    const { endpoints, topics } = this.#deps;
    const endpoint = endpoints.find(pid);
    if (endpoint !== undefined) topics.remove(endpoint, pattern, group);
  }

  /** Looks at each subscription of a process whose rights have changed. */
  recheck(pid: Pid): void {
    const { guard, rights, endpoints, topics, durability } = this.#deps;
    const endpoint = endpoints.find(pid);
    if (endpoint === undefined) return;
    const durables = durability.journals?.durables;
    for (const pattern of new Set([...topics.of(endpoint), ...(durables?.patternsOf(pid) ?? [])])) {
      const call = aboutSubscription(endpoint.subject, pattern);
      if (rights().check(call, subscribeAction) === undefined) continue;
      topics.removePattern(endpoint, pattern);
      durables?.rest(pid, pattern);
      // Asked for the record alone, which every refusal has.
      guard.perform(call, () => undefined).catch(() => undefined);
    }
  }
}
