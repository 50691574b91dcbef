/** Copies a message with all its fields, those included that are made when they are read: for a worker, or with another payload. */
import type { Message } from "@weftos/interface";

/** Gives a plain object like the message. */
export function plainMessage<P>(message: Message<P>): Message<P> {
  const { id, from, target, kind, payload, sentAt, correlationId, deadline, trace } = message;
  const { error, hops, segmentType, attempt, position, node } = message;
  const base = { id, from, target, kind, payload, sentAt, correlationId, deadline, trace };
  const rest = { error, hops, segmentType, attempt, position };
  return node === undefined ? { ...base, ...rest } : { ...base, ...rest, node };
}
