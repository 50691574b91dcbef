/** What a dead letter is. */
import type { MessageTarget, NodeId, Payload, PayloadKind, Pid } from "@weftos/interface";

/** Why a message was not delivered. */
export type DeadLetterReason =
  /** The receiver has no mailbox. */
  | "target-not-found"
  /** The mailbox was full. */
  | "inbox-full"
  /** The oldest message of a mailbox with the policy `drop-oldest`. */
  | "dropped-oldest"
  /** The receiver ended, or its mailbox was closed, before it took the message. */
  | "target-exited"
  /** Nobody waited for the reply any more. */
  | "late-reply"
  /** No handler of the kernel took it. */
  | "no-handler"
  /** Sent reliably, and not acknowledged after the last try. */
  | "unacknowledged"
  /** An external stream took nothing for too long. */
  | "stream-stalled"
  /** A durable subscription could not write it to its disk. */
  | "not-kept"
  /** A durable subscription had no room for it any more before it was acknowledged. */
  | "retention";

/** A message that was not delivered. */
export interface DeadLetter {
  readonly id: string;
  readonly from: Pid;
  /** The node that it came from, where `from` is a PID of; undefined: this one. */
  readonly node?: NodeId | undefined;
  readonly target: MessageTarget;
  /** The process that did not get it; undefined when there was none. */
  readonly pid: Pid | undefined;
  readonly kind: PayloadKind;
  readonly bytes: number;
  readonly reason: DeadLetterReason;
  /** Milliseconds UTC. */
  readonly at: number;
  readonly sentAt: number;
  readonly trace: string | undefined;
  readonly segmentType: number | undefined;
  /** How often it was replayed. */
  readonly replays: number;
  /** What was sent; undefined when it was too large to keep. */
  readonly payload: Payload | undefined;
}

/** A letter whose payload was kept. */
export type KeptLetter = DeadLetter & { readonly payload: Payload };

/** What to look for; what is not given fits all. */
export interface DeadLetterFilter {
  /** The process that did not get it, or that it was sent to. */
  readonly pid?: number | undefined;
  /** A topic or service it was sent to. */
  readonly to?: string | undefined;
  readonly reason?: DeadLetterReason | undefined;
  /** From this time on, milliseconds UTC. */
  readonly since?: number | undefined;
  /** Up to this time, milliseconds UTC. */
  readonly until?: number | undefined;
  /** At most so many, the newest. @defaultValue 100 */
  readonly limit?: number | undefined;
}

/** Tells whether a letter fits a filter. */
export function fits(letter: DeadLetter, filter: DeadLetterFilter): boolean {
  const { pid, to, reason, since, until } = filter;
  if (reason !== undefined && letter.reason !== reason) return false;
  if (since !== undefined && letter.at < since) return false;
  if (until !== undefined && letter.at > until) return false;
  if (pid !== undefined && letter.pid !== pid && !(letter.target.kind === "process" && letter.target.pid === pid)) {
    return false;
  }
  return to === undefined || namesOf(letter.target).includes(to);
}

function namesOf(target: MessageTarget): readonly string[] {
  switch (target.kind) {
    case "topic":
      return [target.topic];
    case "service":
    case "serviceMethod":
      return [target.service];
    case "remote":
      return [target.node, ...namesOf(target.target)];
    default:
      return [target.kind];
  }
}
