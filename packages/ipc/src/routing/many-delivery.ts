/** Delivers one message to many: the subscribers of its topic, or every process. */
import { type Guard, isWeftError, type PublishResult, type Subject } from "@weftos/interface";
import type { Envelope } from "../message/envelope.ts";
import type { FanOut, Subscriptions } from "../topic/subscriptions.ts";
import type { DeadLettering } from "./dead-lettering.ts";
import type { Endpoints } from "./endpoints.ts";
import { aboutMessage } from "./guard-questions.ts";
import type { MailboxDelivery } from "./mailbox-delivery.ts";
import type { TopicRoute } from "./routes.ts";
import type { TraceLog } from "./trace-log.ts";

export interface ManyDeliveryDeps {
  readonly guard: Guard;
  readonly topics: Pick<Subscriptions, "publish">;
  readonly endpoints: Endpoints;
  readonly mailboxes: MailboxDelivery;
  readonly traces: TraceLog;
  readonly deadLettering: DeadLettering;
}

export class ManyDelivery {
  readonly #deps: ManyDeliveryDeps;

  constructor(deps: ManyDeliveryDeps) {
    this.#deps = deps;
  }

  /**
   * Asks the guard once, however many subscribe. A promise only where streams make the publisher wait.
   *
   * @throws what the guard raises
   */
  toTopic(subject: Subject, message: Envelope, route: TopicRoute): PublishResult | Promise<PublishResult> {
    const { guard, topics, traces } = this.#deps;
    const call = aboutMessage("ipc.publish", subject, message, route);
    const fanOut = traces.ask(message, () => guard.performSync(call, () => topics.publish(route.topic, message)));
    if (message.trace !== undefined) traces.record(message, "delivered");
    if (fanOut.waiting === undefined) return this.#counts(message, fanOut);
    return settle(fanOut, fanOut.waiting).then(() => this.#counts(message, fanOut));
  }

  #counts(message: Envelope, { delivered, refused, refusals }: FanOut): PublishResult {
    for (const { refusal, pid } of refusals) this.#deps.deadLettering.bury(message, refusal, pid);
    return { delivered, refused };
  }

  /** Asks the guard about each receiver: one outside the scope gets nothing. */
  toAll(subject: Subject, message: Envelope): PublishResult {
    const { endpoints, mailboxes } = this.#deps;
    const sender = message.node === undefined ? message.from : undefined;
    let delivered = 0;
    let refused = 0;
    for (const endpoint of [...endpoints.all()]) {
      if (endpoint.pid === sender) continue;
      try {
        mailboxes.deliver(subject, message, endpoint.route, true);
        delivered += 1;
      } catch (error) {
        // A receiver outside the scope, or one without room, stands in nobody else's way; both are recorded.
        if (!isWeftError(error)) throw error;
        refused += 1;
      }
    }
    return { delivered, refused };
  }
}

async function settle(fanOut: FanOut, waiting: NonNullable<FanOut["waiting"]>): Promise<void> {
  await Promise.all(
    waiting.map(async ({ sink, taken }) => {
      if ((await taken) !== "refused") fanOut.delivered += 1;
      else {
        fanOut.refused += 1;
        fanOut.refusals.push(sink);
      }
    }),
  );
}
