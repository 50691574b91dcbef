/** What the guard is asked about messages and subscriptions. */
import { type ActionRequest, type Attributes, type DigestCall, KERNEL_PID, type Subject } from "@weftos/interface";
import type { Envelope } from "../message/envelope.ts";
import type { ProcessRoute } from "./endpoints.ts";
import type { Route } from "./routes.ts";

/** Asks about one message on its way. */
export function aboutMessage(action: string, subject: Subject, message: Envelope, route: Route): DigestCall {
  // The one record of what is answered or acknowledged is written when that is known.
  const isAnswered = message.deadline !== undefined && message.kind !== "signal";
  return question(action, subject, message, route, route.attributes, isAnswered ? message : undefined);
}

/** Asks about a reply. @param isAnswer - whether the router knows the request: who asked may be answered, whatever the scope */
export function aboutReply(subject: Subject, reply: Envelope, route: ProcessRoute, isAnswer: boolean): DigestCall {
  return question("ipc.send", subject, reply, route, isAnswer ? route.replyAttributes : route.attributes, undefined);
}

// In one place, so that all questions have one shape for who reads them.
function question(
  action: string,
  subject: Subject,
  message: Envelope,
  { resource, name: target }: Route,
  attributes: Attributes,
  settles: Envelope | undefined,
): DigestCall {
  // A PID of another node, or that of a dead letter's sender, did not act here.
  const actorPid = subject.kind === "process" ? message.from : KERNEL_PID;
  const { bytes, sentAt: time } = message;
  return { action, subject, resource, attributes, actorPid, target, bytes, time, settles };
}

/** Asks about a subscription. @param more - what the rules may read besides the topic */
export function aboutSubscription(subject: Subject, topic: string, more: Attributes = {}): ActionRequest {
  return { action: "ipc.subscribe", subject, resource: `topic:${topic}`, attributes: { topic, ...more } };
}
