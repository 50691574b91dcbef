/** The mailboxes of a router, each with what the guard is asked about it, made once and not for every message. */
import {
  KERNEL_PID,
  type MailboxPolicy,
  type MessageTarget,
  type Pid,
  PidPages,
  type Subject,
} from "@weftos/interface";
import { Mailbox, type MailboxOwner, type MailboxTerms, type Pushed } from "../mailbox/mailbox.ts";
import { MailboxMemory } from "../mailbox/mailbox-memory.ts";
import type { Envelope } from "../message/envelope.ts";
import type { Sink } from "../topic/subscriptions.ts";

/** The route to a mailbox. */
export interface ProcessRoute {
  readonly to: "mailbox";
  readonly pid: Pid;
  readonly endpoint: Endpoint | undefined;
  readonly target: MessageTarget;
  readonly resource: string;
  readonly attributes: { readonly pid: number };
  /** The same, of a reply. */
  readonly replyAttributes: { readonly pid: number; readonly reply: true };
  readonly name: number;
}

/**
 * One mailbox, and what is said of it, made when it is first used: most idle agents have neither sent nor received. One object for
 * both: there is one for each agent.
 */
export class Endpoint extends Mailbox implements Sink {
  #subject: Subject | undefined;
  #route: ProcessRoute | undefined;

  get refusal(): "inbox-full" {
    return "inbox-full";
  }

  get mailbox(): Mailbox {
    return this;
  }

  get subject(): Subject {
    this.#subject ??= processSubject(this.pid);
    return this.#subject;
  }

  get route(): ProcessRoute {
    this.#route ??= routeTo(this.pid, this);
    return this.#route;
  }

  offer(message: Envelope): Pushed {
    // What is kept on disk comes when there is room; it drives nothing out.
    if (message.rare.durable !== undefined && this.crowdedFor(message)) return "refused";
    return this.push(message);
  }
}

/** The route to a process, with a mailbox or without. */
export function routeTo(pid: Pid, endpoint: Endpoint | undefined): ProcessRoute {
  return {
    to: "mailbox",
    pid,
    endpoint,
    target: Object.freeze({ kind: "process", pid }),
    resource: `process:${pid}`,
    attributes: Object.freeze({ pid }),
    replyAttributes: Object.freeze({ pid, reply: true }),
    name: pid,
  };
}

/** Whether its mailbox has no room for a message, and lets senders wait for it. */
export function isCrowded({ endpoint }: ProcessRoute, message: Envelope): boolean {
  return endpoint !== undefined && endpoint.terms.policy === "wait" && endpoint.crowdedFor(message);
}

const toKernel: ProcessRoute = routeTo(KERNEL_PID, undefined);
const kernelSubject: Subject = Object.freeze({ kind: "kernel", id: "0" });

/** Endpoints by PID. */
export class Endpoints {
  readonly #endpoints = new PidPages<Endpoint>();
  readonly #owner: MailboxOwner;
  readonly #memory = new MailboxMemory();
  /** Those that were asked for last: most mailboxes are alike. */
  #terms: MailboxTerms | undefined;

  /** @param owner - told of what a mailbox of the policy `drop-oldest` let go */
  constructor(owner: MailboxOwner) {
    this.#owner = owner;
  }

  open(pid: Pid, limit: number, policy: MailboxPolicy): Endpoint {
    if (this.#terms?.limit !== limit || this.#terms.policy !== policy) {
      this.#terms = { limit, policy, owner: this.#owner, memory: this.#memory };
    }
    const endpoint = new Endpoint(pid, this.#terms);
    this.#endpoints.set(pid, endpoint);
    return endpoint;
  }

  find(pid: Pid): Endpoint | undefined {
    return this.#endpoints.get(pid);
  }

  remove(pid: Pid): Endpoint | undefined {
    const endpoint = this.#endpoints.get(pid);
    this.#endpoints.delete(pid);
    return endpoint;
  }

  get size(): number {
    return this.#endpoints.size;
  }

  /** All, by PID. */
  all(): Iterable<Endpoint> {
    return this.#endpoints.values();
  }

  /** The route of a reply to a process, which may have ended. */
  routeOfReply(pid: Pid): ProcessRoute {
    return pid === KERNEL_PID ? toKernel : (this.#endpoints.get(pid)?.route ?? routeTo(pid, undefined));
  }

  /** In whose name a process speaks, with a mailbox or without. */
  subject(pid: Pid): Subject {
    if (pid === KERNEL_PID) return kernelSubject;
    return this.#endpoints.get(pid)?.subject ?? processSubject(pid);
  }
}

function processSubject(pid: Pid): Subject {
  return Object.freeze({ kind: "process", id: String(pid) });
}
