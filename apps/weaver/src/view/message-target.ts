/** Says where a message went, in a word or two. */
import type { JsonValue } from "@weftos/interface";
import { objectOf, shown } from "./fields.ts";

export function targetOf(target: JsonValue | undefined): string {
  const { kind, pid, topic, service, method, node, target: inner } = objectOf(target);
  switch (kind) {
    case "process":
      return `process ${shown(pid)}`;
    case "topic":
      return shown(topic);
    case "service":
      return `service ${shown(service)}`;
    case "serviceMethod":
      return `service ${shown(service)}.${shown(method)}`;
    case "remote":
      return `${targetOf(inner)} on ${shown(node).slice(0, 8)}`;
    default:
      return shown(kind);
  }
}

/** Says who sent a message. @param sent - `from`, and `node` where that is another one */
export function senderOf(sent: JsonValue | undefined): string {
  const { from, node } = objectOf(sent);
  const sender = from === 0 ? "kernel" : `process ${shown(from)}`;
  return node === undefined ? sender : `${sender} on ${shown(node).slice(0, 8)}`;
}
