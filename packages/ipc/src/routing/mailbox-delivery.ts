/** Puts messages into the mailboxes of this kernel, once the guard agrees: at once, or when there is room. */
import type { Guard, Pid, ProcessDirectory, SendResult, Subject } from "@weftos/interface";
import type { DeadLetterReason } from "../dead-letter/dead-letter.ts";
import { InboxFullError, TargetExitedError } from "../ipc-errors.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import { type Envelope, Receipt } from "../message/envelope.ts";
import type { MessageIds } from "../message/message-ids.ts";
import type { DeadLettering } from "./dead-lettering.ts";
import { isCrowded, type ProcessRoute } from "./endpoints.ts";
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
    if (message.trace === undefined) return this.#deliver(subject, message, route, keep);
    const { traces } = this.#deps;
    try {
      const status = this.#deliver(subject, message, route, keep);
      traces.record(message, status);
      return status;
    } catch (error) {
      traces.refused(message, error);
      throw error;
    }
  }

  #deliver(subject: Subject, message: Envelope, route: ProcessRoute, keep: boolean): "delivered" | "queued" {
    const { endpoint, pid } = route;
    const { guard, deadLettering, processes } = this.#deps;
    const action = message.kind === "signal" ? "ipc.signal" : "ipc.send";
    const pushed = guard.performSync(aboutMessage(action, subject, message, route), () => {
      if (endpoint === undefined) {
        if (keep) deadLettering.bury(message, "target-not-found", pid);
        throw notFound(pid);
      }
      const result = endpoint.mailbox.push(message);
      if (result !== "refused") return result;
      if (keep) deadLettering.bury(message, "inbox-full", pid);
      throw inboxFull(pid, endpoint.mailbox);
    });
    return pushed === "delivered" && processes().state(pid) === "suspended" ? "queued" : pushed;
  }

  /** As `deliver`; where the mailbox lets senders wait and has no room, resolves once the mailbox answers for the message. */
  deliverOrWait(
    subject: Subject,
    message: Envelope,
    route: ProcessRoute,
    keep: boolean,
    signal: AbortSignal | undefined,
  ): SendResult | Promise<SendResult> {
    if (isCrowded(route, message)) return this.#waitForPlace(subject, message, route, keep, signal);
    return new Receipt(this.#deps.ids, message.number, this.deliver(subject, message, route, keep));
  }

  #waitForPlace(
    subject: Subject,
    message: Envelope,
    route: ProcessRoute,
    keep: boolean,
    signal: AbortSignal | undefined,
  ): SendResult | Promise<SendResult> {
    const { endpoint, pid } = route;
    const { guard, ids, deadLettering, traces } = this.#deps;
    const receipt = new Receipt(ids, message.number, "queued");
    const place = (): SendResult | Promise<SendResult> => {
      const mailbox = endpoint?.mailbox;
      if (mailbox === undefined) throw notFound(pid);
      const pushed = mailbox.push(message);
      if (pushed !== "refused") {
        traces.record(message, pushed);
        return pushed === "queued" ? receipt : new Receipt(ids, message.number, pushed);
      }
      const lost = (reason: DeadLetterReason): void => {
        if (keep) deadLettering.bury(message, reason, pid);
      };
      return new Promise((resolve, reject) => {
        const onAbort = (): void => {
          mailbox.giveUp(message);
          reject(signal?.reason);
        };
        const placed = (): void => {
          signal?.removeEventListener("abort", onAbort);
          traces.record(message, "queued");
          resolve(receipt);
        };
        const refused = (): void => {
          signal?.removeEventListener("abort", onAbort);
          lost("target-exited");
          const details = { pid, messageId: message.id };
          reject(new TargetExitedError(`process ${pid} ended before it had room`, { details, retryable: true }));
        };
        if (mailbox.wait(message, placed, refused)) {
          signal?.addEventListener("abort", onAbort, { once: true });
        } else {
          lost("inbox-full");
          reject(inboxFull(pid, mailbox));
        }
      });
    };
    return traces.ask(message, () => guard.performSync(aboutMessage("ipc.send", subject, message, route), place));
  }
}

/** Says that a mailbox has no room. */
export function inboxFull(pid: Pid, mailbox: Mailbox | undefined): InboxFullError {
  const details = {
    pid,
    limit: mailbox?.terms.limit ?? 0,
    messages: mailbox?.waiting ?? 0,
    bytes: mailbox?.bytes ?? 0,
  };
  const { messages, limit, bytes } = details;
  const held = `${messages} of at most ${limit} messages, ${bytes} bytes in all`;
  return new InboxFullError(`the mailbox of process ${pid} has no room: it holds ${held}`, {
    details,
    retryable: true,
  });
}
