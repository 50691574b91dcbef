/** What the guard is asked about messages and subscriptions. */
import { type ActionRequest, type Attributes, type DigestCall, KERNEL_PID, type Subject } from "@weftos/interface";
import type { Envelope } from "../message/envelope.ts";
import type { Route } from "./routes.ts";

/** Asks about one message on its way. */
export function aboutMessage(action: string, subject: Subject, message: Envelope, route: Route): DigestCall {
  const { resource, attributes, name } = route;
  // The one record of what is answered or acknowledged is written when that is known.
  const isAnswered = message.deadline !== undefined && message.kind !== "signal";
  const settles = isAnswered ? message : undefined;
  // A PID of another node, or that of a dead letter's sender, did not act here.
  const actorPid = subject.kind === "process" ? message.from : KERNEL_PID;
  const { bytes, sentAt: time } = message;
  return { action, subject, resource, attributes, actorPid, target: name, bytes, time, settles };
}

/** Asks about a subscription. @param more - what the rules may read besides the topic */
export function aboutSubscription(subject: Subject, topic: string, more: Attributes = {}): ActionRequest {
  return { action: "ipc.subscribe", subject, resource: `topic:${topic}`, attributes: { topic, ...more } };
}
