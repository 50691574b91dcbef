/** Puts messages into the mailboxes of this kernel, once the guard agrees: at once, or when there is room. */
import type { Guard, Pid, ProcessDirectory, SendResult, Subject } from "@weftos/interface";
import { InboxFullError, TargetExitedError } from "../ipc-errors.ts";
import { type Envelope, Receipt } from "../message/envelope.ts";
import type { MessageIds } from "../message/message-ids.ts";
import type { DeadLettering } from "./dead-lettering.ts";
import type { ProcessRoute } from "./endpoints.ts";
import { aboutMessage } from "./guard-questions.ts";
import { notFound } from "./routes.ts";
import type { TraceLog } from "./trace-log.ts";

export interface MailboxDeliveryDeps {
  readonly guard: Guard;
  readonly ids: MessageIds;
  readonly processes: () => Pick<ProcessDirectory, "state">;
  readonly traces: TraceLog;
  readonly deadLettering: DeadLettering;
}

export class MailboxDelivery {
  readonly #deps: MailboxDeliveryDeps;

  constructor(deps: MailboxDeliveryDeps) {
    this.#deps = deps;
  }

  /** Delivers at once or throws. @param keep - whether what is refused becomes a dead letter */
  deliver(subject: Subject, message: Envelope, route: ProcessRoute, keep: boolean): "delivered" | "queued" {
    const { endpoint, pid } = route;
    const { guard, deadLettering, processes, traces } = this.#deps;
    const action = message.kind === "signal" ? "ipc.signal" : "ipc.send";
    const pushed = guard.performSync(aboutMessage(action, subject, message, route), () => {
      if (endpoint === undefined) {
        if (keep) deadLettering.bury(message, "target-not-found", pid);
        throw notFound(pid);
      }
      const result = endpoint.mailbox.push(message);
      if (result !== "refused") return result;
      if (keep) deadLettering.bury(message, "inbox-full", pid);
      throw inboxFull(pid, endpoint.mailbox.limit);
    });
    const status = pushed === "delivered" && processes().state(pid) === "suspended" ? "queued" : pushed;
    if (message.trace !== undefined) traces.record(message, status);
    return status;
  }

  /** As `deliver`; where the mailbox lets senders wait and has no room, resolves once the mailbox answers for the message. */
  deliverOrWait(
    subject: Subject,
    message: Envelope,
    route: ProcessRoute,
    keep: boolean,
    signal: AbortSignal | undefined,
  ): SendResult | Promise<SendResult> {
    const { endpoint } = route;
    const crowded = endpoint !== undefined && endpoint.mailbox.policy === "wait" && endpoint.mailbox.crowded;
    if (crowded) return this.#waitForPlace(subject, message, route, signal);
    return new Receipt(this.#deps.ids, message.number, this.deliver(subject, message, route, keep));
  }

  #waitForPlace(
    subject: Subject,
    message: Envelope,
    route: ProcessRoute,
    signal: AbortSignal | undefined,
  ): SendResult | Promise<SendResult> {
    const { endpoint, pid } = route;
    const { guard, ids, deadLettering } = this.#deps;
    const receipt = new Receipt(ids, message.number, "queued");
    return guard.performSync(aboutMessage("ipc.send", subject, message, route), () => {
      const mailbox = endpoint?.mailbox;
      if (mailbox === undefined) throw notFound(pid);
      const pushed = mailbox.push(message);
      if (pushed !== "refused") return pushed === "queued" ? receipt : new Receipt(ids, message.number, pushed);
      return new Promise((resolve, reject) => {
        const onAbort = (): void => {
          mailbox.giveUp(message);
          reject(signal?.reason);
        };
        const placed = (): void => {
          signal?.removeEventListener("abort", onAbort);
          resolve(receipt);
        };
        const refused = (): void => {
          signal?.removeEventListener("abort", onAbort);
          deadLettering.bury(message, "target-exited", pid);
          const details = { pid, messageId: message.id };
          reject(new TargetExitedError(`process ${pid} ended before it had room`, { details, retryable: true }));
        };
        if (mailbox.wait(message, placed, refused)) {
          signal?.addEventListener("abort", onAbort, { once: true });
        } else {
          deadLettering.bury(message, "inbox-full", pid);
          reject(inboxFull(pid, mailbox.limit));
        }
      });
    });
  }
}

function inboxFull(pid: Pid, limit: number): InboxFullError {
  return new InboxFullError(`the mailbox of process ${pid} holds ${limit} messages, which is its limit`, {
    details: { pid, limit },
    retryable: true,
  });
}
