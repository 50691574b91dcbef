/** What messaging declares: its actions with their effects and levels, and what they leave in the audit log. */
import type { ActionDeclaration, Effect, EventKind } from "@weftos/interface";

const zero: Effect = { risk: 0, fairness: 0, privacy: 0, novelty: 0, security: 0 };

/** Asked again of those who subscribe when their rights change. */
export const subscribeAction: ActionDeclaration = {
  name: "ipc.subscribe",
  description: "Receive the messages of a topic or pattern",
  effect: zero,
  audit: "logged",
  rights: ["ipc"],
  role: "operator",
};

/** The actions of messaging. */
export const ipcActions: readonly ActionDeclaration[] = [
  {
    name: "ipc.send",
    description: "Put a message or a reply into another process's mailbox, or give it to the kernel or another node",
    effect: zero,
    audit: "digest",
    rights: ["ipc"],
    role: "operator",
  },
  step("ipc.recv", "How far a message came whose receiver took it and neither answered nor acknowledged it"),
  step("ipc.ack", "How far a message came that was answered or acknowledged"),
  {
    name: "ipc.publish",
    description: "Give a message to the subscribers of a topic",
    effect: zero,
    audit: "digest",
    rights: ["ipc"],
    role: "operator",
  },
  subscribeAction,
  {
    name: "ipc.purge",
    description: "Remove dead letters for good",
    effect: { ...zero, risk: 0.2 },
    audit: "logged",
    rights: ["operator"],
    role: "operator",
  },
  {
    name: "ipc.signal",
    description: "Give a process a signal",
    effect: zero,
    audit: "digest",
    rights: ["operator"],
    role: "operator",
  },
];

/** The later steps of a sent message are what its one record says in place of `ipc.send`; nobody performs them. */
function step(name: string, description: string): ActionDeclaration {
  return { name, description, effect: zero, audit: "digest", rights: ["operator"], role: "admin" };
}

/** The kinds of events of messaging. */
export const ipcEvents: readonly EventKind[] = [
  {
    kind: "ipc.subscribe",
    description: "A process or a stream subscribed to a topic",
    payload: {
      attributes: "`topic`: the pattern; `group`: its queue group; `durable`: name of the durable subscription",
      outcome: "`ok` or `failed`",
      error: "code of the failure",
    },
  },
  {
    kind: "ipc.purge",
    description: "Dead letters were removed",
    payload: {
      attributes: "what they had in common: `pid`, `to`, `reason`, `since`, `until`; nothing means all",
      result: "`purged`: how many",
      outcome: "`ok` or `failed`",
      error: "code of the failure",
    },
  },
];
