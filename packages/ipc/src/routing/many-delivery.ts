/** Delivers one message to many: the subscribers of its topic, or every process. */
import { type Guard, isWeftError, type PublishResult, type Subject } from "@weftos/interface";
import type { Envelope } from "../message/envelope.ts";
import type { FanOut, Subscriptions } from "../topic/subscriptions.ts";
import type { DeadLettering } from "./dead-lettering.ts";
import type { Endpoints } from "./endpoints.ts";
import { aboutMessage } from "./guard-questions.ts";
import type { MailboxDelivery } from "./mailbox-delivery.ts";
import { topicRoute } from "./routes.ts";
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

  /** Asks the guard once, however many subscribe; waits for streams that make publishers wait. */
  async toTopic(subject: Subject, message: Envelope, topic: string): Promise<PublishResult> {
    const { guard, topics, traces, deadLettering } = this.#deps;
    const call = aboutMessage("ipc.publish", subject, message, topicRoute(message.target, topic));
    const fanOut = traces.ask(message, () => guard.performSync(call, () => topics.publish(topic, message)));
    if (message.trace !== undefined) traces.record(message, "delivered");
    if (fanOut.waiting !== undefined) await settle(fanOut, fanOut.waiting);
    for (const { sink, reason } of fanOut.refusals) deadLettering.bury(message, reason, sink.pid);
    return { delivered: fanOut.delivered, refused: fanOut.refused };
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
        fanOut.refusals.push({ sink, reason: "stream-stalled" });
      }
    }),
  );
}
