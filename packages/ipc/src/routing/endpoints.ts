/** The mailboxes of a router, each with what the guard is asked about it, made once and not for every message. */
import { KERNEL_PID, type MessageTarget, type Pid, type Subject } from "@weftos/interface";
import { Mailbox } from "../mailbox/mailbox.ts";

/** One mailbox. */
export interface Endpoint {
  readonly mailbox: Mailbox;
  readonly subject: Subject;
  readonly resource: string;
  readonly attributes: { readonly pid: number };
  readonly target: MessageTarget;
}

const kernelSubject: Subject = { kind: "kernel", id: "0" };

/** Endpoints by PID. */
export class Endpoints {
  readonly #endpoints = new Map<Pid, Endpoint>();

  open(pid: Pid, limit: number): Mailbox {
    const mailbox = new Mailbox(limit);
    this.#endpoints.set(pid, {
      mailbox,
      subject: processSubject(pid),
      resource: `process:${pid}`,
      attributes: Object.freeze({ pid }),
      target: Object.freeze({ kind: "process", pid }),
    });
    return mailbox;
  }

  find(pid: Pid): Endpoint | undefined {
    return this.#endpoints.get(pid);
  }

  remove(pid: Pid): Endpoint | undefined {
    const endpoint = this.#endpoints.get(pid);
    this.#endpoints.delete(pid);
    return endpoint;
  }

  /** In whose name a process speaks, with a mailbox or without. */
  subject(pid: Pid): Subject {
    if (pid === KERNEL_PID) return kernelSubject;
    return this.#endpoints.get(pid)?.subject ?? processSubject(pid);
  }
}

function processSubject(pid: Pid): Subject {
  return { kind: "process", id: String(pid) };
}
