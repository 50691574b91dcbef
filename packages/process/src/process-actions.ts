/** The actions on processes, and the kinds of events they leave. */
import type { ActionDeclaration, Effect, EventKind } from "@weftos/interface";

const zero: Effect = { risk: 0, fairness: 0, privacy: 0, novelty: 0, security: 0 };

/** Giving an agent more to spend. */
const budgetGrant: ActionDeclaration = {
  name: "budget.grant",
  description: "Give an agent more to spend, out of its parent's budget",
  effect: { ...zero, risk: 0.2, security: 0.1 },
  audit: "durable",
  rights: ["operator"],
  role: "operator",
};

/** What each action does, in the catalogue of the kernel. */
export const processActions: readonly ActionDeclaration[] = [
  {
    name: "process.spawn",
    description: "Start an agent as a process",
    effect: { ...zero, risk: 0.2, novelty: 0.1 },
    audit: "logged",
    rights: ["spawn"],
    role: "operator",
    event: "agent.spawn",
  },
  onProcess("stop", "End a process for good, asking it first", 0.2),
  onProcess("kill", "End a process now", 0.2),
  onProcess("suspend", "Hold messages back from a process", 0.1),
  onProcess("resume", "Let messages through to a suspended process", 0.1),
  onProcess("restart", "End a process and start its agent again", 0.1),
  { ...onProcess("forget", "Remove all that an agent that does not run kept as its state", 0.4), audit: "durable" },
  {
    name: "process.monitor",
    description: "Be told of the end of a process",
    effect: zero,
    audit: "digest",
    rights: ["ipc"],
    role: "operator",
  },
  {
    name: "process.link",
    description: "Bind a process to oneself, so that they end together",
    effect: { ...zero, risk: 0.1 },
    audit: "logged",
    rights: ["ipc"],
    role: "operator",
    event: "agent.link",
  },
  onRights("grant", "Add to what a process may do", { ...zero, risk: 0.3, security: 0.4 }),
  { ...onRights("revoke", "Take from what a process may do", { ...zero, risk: 0.1 }), audit: "logged" },
  budgetGrant,
  onRights("elevate", "Add to what a process may do, for a time", { ...zero, risk: 0.5, security: 0.5 }),
  {
    // So large that no environment permits it where no rule does, and that in production a person is always asked.
    ...onRights("elevate_own", "Add to what a process may do, for a time, at its own wish", {
      ...zero,
      risk: 0.7,
      security: 0.65,
    }),
    rights: [],
    event: "agent.elevate",
  },
];

function onProcess(verb: string, description: string, risk: number): ActionDeclaration {
  return {
    name: `process.${verb}`,
    description,
    effect: { ...zero, risk },
    audit: "logged",
    rights: ["operator"],
    role: "operator",
    event: `agent.${verb}`,
  };
}

function onRights(verb: string, description: string, effect: Effect): ActionDeclaration {
  return { ...onProcess(verb, description, 0), effect, audit: "durable" };
}

const guarded = {
  action: "name of the action",
  subject: "who asked, as `kind:id`",
  resource: "what was acted on: `process:<pid>`, or `agent:<name>` for a start and for a state",
  attributes: "facts the rules could read",
  effect: "declared effect, fractions as text",
  verdict: "`permit`",
  rules: "ids of the rules that matched",
  policy: "digest of the policy that decided",
  reason: "why it was permitted",
  outcome: "`ok` or `failed`",
  error: "code of the failure",
};

const tree = "what it changed in the resource tree; written by the chain";

/** What the process feature writes into the audit log. */
export const processEventKinds: readonly EventKind[] = [
  {
    kind: "agent.spawn",
    description: "An agent was started, or its start failed",
    payload: { ...guarded, result: "`pid`, `parent`, `agent` and `backend` of the new process", tree },
  },
  {
    kind: "agent.exit",
    description: "A process ended",
    payload: {
      pid: "PID of the process",
      agent: "name of the agent",
      restarts: "how often the agent had been restarted",
      reason: "`normal`, `crash`, `killed`, `timeout`, `limit`, `linked` or `supervisor`",
      cause: "why a supervisor ended it",
      limit: "the limit that was passed",
      linked: "PID of the linked process whose end took it along",
      error: "message of a crash",
      code: "code of the error of a crash",
      tree,
    },
  },
  {
    kind: "agent.restart",
    description: "An agent was started again under a new PID",
    payload: {
      ...guarded,
      result: "`oldPid`, `newPid`, `count` of its restarts, `backoffMs` waited before, `suspended` when it stays so",
      tree,
    },
  },
  {
    kind: "agent.abandon",
    description: "An agent failed more often than its policy allows and is not started again",
    payload: {
      pid: "PID it had last",
      restarts: "restarts that its policy allows",
      withinMs: "window of that count in milliseconds",
    },
  },
  {
    kind: "agent.lost",
    description: "A process that lived when the last kernel ended without stopping it",
    payload: {
      pid: "PID it had",
      agent: "name of the agent",
      parent: "PID of its parent",
      restarts: "how often the agent had been restarted",
      recovering: "whether it is started again, because it is permanent and has a module",
      tree,
    },
  },
  { kind: "agent.stop", description: "A process was stopped for good", payload: guarded },
  { kind: "agent.kill", description: "A process was killed", payload: guarded },
  { kind: "agent.suspend", description: "A process was suspended", payload: guarded },
  { kind: "agent.resume", description: "A process was resumed", payload: guarded },
  { kind: "agent.forget", description: "What an agent kept as its state was removed", payload: guarded },
  { kind: "agent.link", description: "An agent linked itself to a process", payload: guarded },
  { kind: "budget.grant", description: "An agent may spend more", payload: guarded },
  { kind: "agent.grant", description: "A process may do more from now on", payload: guarded },
  { kind: "agent.revoke", description: "A process, and all below it, may do less from now on", payload: guarded },
  { kind: "agent.elevate", description: "A process may do more for a time", payload: guarded },
  {
    kind: "agent.narrow",
    description: "An elevation ended by itself",
    payload: { pid: "PID of the process", agent: "name of the agent", until: "when it was to end, milliseconds UTC" },
  },
];
