/** The life of mailboxes: opened with a process, closed with it, handed over to its next start. */
import type { MailboxEnd, MailboxOptions, Message, Pid, ServiceDirectory } from "@weftos/interface";
import { Envelope } from "../message/envelope.ts";
import type { Subscriptions } from "../topic/subscriptions.ts";
import type { DeadLettering } from "./dead-lettering.ts";
import type { Durability } from "./durability.ts";
import type { Endpoints } from "./endpoints.ts";
import type { Requests } from "./requests.ts";

const DEFAULT_LIMIT = 1024;

export interface MailboxLifeDeps {
  readonly endpoints: Endpoints;
  readonly services: () => Pick<ServiceDirectory, "unregisterOwner" | "moveOwner">;
  readonly topics: Subscriptions;
  readonly requests: Requests;
  readonly durability: Durability;
  readonly deadLettering: DeadLettering;
}

export class MailboxLife {
  readonly #deps: MailboxLifeDeps;
  #emptied: (() => void) | undefined;

  constructor(deps: MailboxLifeDeps) {
    this.#deps = deps;
  }

  attach(pid: Pid, options: MailboxOptions): MailboxEnd {
    const { endpoints, durability } = this.#deps;
    this.detach(pid);
    const { mailbox } = endpoints.open(pid, options.limit ?? DEFAULT_LIMIT, options.policy ?? "reject");
    if (options.lost !== undefined) durability.journals?.outbox.moved(options.lost, pid);
    return mailbox;
  }

  detach(pid: Pid): void {
    const { endpoints, topics, services, durability, deadLettering, requests } = this.#deps;
    const endpoint = endpoints.remove(pid);
    if (endpoint === undefined) return;
    topics.removeAll(endpoint);
    services().unregisterOwner(pid);
    durability.journals?.durables.left(pid, undefined);
    for (const message of endpoint.mailbox.close()) deadLettering.bury(message, "target-exited", pid);
    requests.failTarget(pid);
    if (endpoints.size === 0) this.#emptied?.();
  }

  /** Gives what waits, subscriptions and services to the next start of a process. */
  move(from: Pid, to: Pid): MailboxEnd {
    const { endpoints, topics, services, durability, deadLettering, requests } = this.#deps;
    const old = endpoints.remove(from);
    if (old === undefined) return this.attach(to, {});
    this.detach(to);
    const { limit, policy } = old.mailbox.terms;
    const next = endpoints.open(to, limit, policy);
    topics.move(old, next);
    services().moveOwner(from, to);
    const waiting = old.mailbox.close();
    const numbers = new Set<number>();
    for (const message of waiting) {
      // A signal was for the one that ended.
      if (message.kind !== "signal" && next.mailbox.push(message) !== "refused") numbers.add(message.number);
      else deadLettering.bury(message, "target-exited", from);
    }
    durability.journals?.durables.left(from, next);
    durability.journals?.outbox.moved(from, to);
    requests.failTarget(from, numbers);
    requests.retarget(from, to);
    return next.mailbox;
  }

  /** Takes back what left a mailbox and never reached its agent. */
  undelivered(pid: Pid, messages: readonly Message[]): void {
    const { endpoints, deadLettering } = this.#deps;
    const mailbox = endpoints.find(pid)?.mailbox;
    const back: Envelope[] = [];
    for (const message of messages) {
      if (!(message instanceof Envelope)) continue;
      // What was taken from a disk comes from there again.
      if (mailbox === undefined || message.rare.taken !== undefined) {
        deadLettering.bury(message, "target-exited", pid);
      } else back.push(message);
    }
    mailbox?.putBack(back);
  }

  /** Waits until the last mailbox is closed, or the signal aborts. */
  async empty(signal: AbortSignal): Promise<void> {
    if (this.#deps.endpoints.size === 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#emptied = resolve;
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }
}
