/** What the kernel itself declares, as each feature does: actions, kinds of events, methods. */
import type { ActionDeclaration, EventKind, Guard, Method } from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import type { KernelLogs } from "../log/kernel-logs.ts";
import { LEVELS } from "../log/log-levels.ts";
import { serviceActions, serviceEventKinds } from "../service/kernel-services.ts";
import type { Kernel } from "./kernel.ts";

/** Lines of the log that the status repeats, the newest. */
const MAX_NOTICES = 8;

/** Actions of the kernel itself. */
export const kernelActions: readonly ActionDeclaration[] = [
  {
    name: "kernel.stop",
    description: "Shuts the kernel down",
    effect: { risk: 0.2, fairness: 0, privacy: 0, novelty: 0, security: 0.1 },
    audit: "logged",
    rights: ["operator"],
    role: "admin",
  },
  ...serviceActions,
];

/** Kinds of events that the kernel and its guard record. */
export const kernelEventKinds: readonly EventKind[] = [
  {
    kind: "kernel.boot",
    description: "The kernel runs: every feature has started.",
    payload: {
      version: "version of the kernel",
      environment: "name of the environment in force",
      features: "names, in the order of their start",
    },
  },
  {
    kind: "kernel.shutdown",
    description: "The kernel begins to stop.",
    payload: {
      uptimeMs: "milliseconds since the boot began",
      permit: "permits so far",
      defer: "defers so far",
      deny: "denials so far",
    },
  },
  {
    kind: "kernel.stop",
    description: "Somebody asked the kernel to stop.",
    payload: { action: "`kernel.stop`", subject: "who asked", verdict: "`permit`", outcome: "`ok`" },
  },
  {
    kind: "action.intent",
    description:
      "An action of the level `durable` was permitted and is about to run; its outcome refers to this event.",
    payload: {
      action: "name of the action",
      subject: "kind:id of who acts",
      role: "role of a principal, where it was known",
      resource: "what is acted on, at most 1024 characters",
      attributes: "facts that rules read; fractions as text",
      effect: "the declared effect; fractions as text",
      verdict: "`permit`",
      rules: "ids of the rules that matched",
      policy: "digest of the policy",
      reason: "one sentence",
      approval: "id of the approval it runs under, if one",
    },
  },
  {
    kind: "governance.deny",
    description: "An action was refused. Refusals alike within a second are counted into one further event.",
    payload: {
      action: "name of the action, at most 128 characters",
      subject: "kind:id of who asked",
      role: "role of a principal, where it was known",
      resource: "what was to be acted on",
      attributes: "facts that rules read",
      effect: "the declared effect; empty for an unknown action",
      verdict: "`deny`",
      by: "`capability`, `rule`, `threshold`, `default`, or `approval`: it cannot be asked for, or does not hold",
      rules: "ids of the rules that matched",
      policy: "digest of the policy",
      reason: "one sentence",
      count: "how often it was refused again within the second, on the further event",
    },
  },
  {
    kind: "governance.defer",
    description: "An action waits for a person.",
    payload: {
      action: "name of the action",
      subject: "kind:id of who asked",
      role: "role of a principal, where it was known",
      resource: "what is to be acted on",
      attributes: "facts that rules read",
      effect: "the declared effect",
      verdict: "`defer`",
      rules: "ids of the rules that asked for it",
      policy: "digest of the policy",
      reason: "one sentence",
      approval: "id of the question",
      expiresAt: "milliseconds UTC after which it lapses",
    },
  },
  ...serviceEventKinds,
];

interface MethodDeps {
  readonly kernel: Kernel;
  readonly guard: Guard;
  readonly hostProcessId: number;
  readonly persistent: boolean;
  /** Code of the error that keeps the audit log from recording. */
  readonly failure: () => string | undefined;
  readonly processes: () => number;
  readonly features: () => readonly { readonly name: string; readonly package: string }[];
  /** Begins the shutdown once the answer is on its way. */
  readonly stopSoon: () => void;
}

/** What a glance at the kernel tells: not what its agents do, of which there may be much. */
function noticesOf(logs: KernelLogs): readonly string[] {
  const warnings = logs.since(0, { level: "warn" }).filter(({ phase }) => phase !== "agents");
  return warnings.slice(-MAX_NOTICES).map(({ message }) => message);
}

/** Makes the kernel's methods. */
export function kernelMethods(deps: MethodDeps): readonly Method[] {
  const { kernel } = deps;
  return [
    defineMethod({
      name: "kernel.status",
      description: "Tells the kernel's state, where it runs and what it decided so far",
      role: "viewer",
      mutates: false,
      input: z.strictObject({}),
      run: () => ({
        pid: deps.hostProcessId,
        state: kernel.state,
        writable: deps.failure() === undefined,
        error: deps.failure() ?? null,
        version: kernel.version,
        environment: kernel.environment,
        uptimeMs: kernel.uptimeMs,
        dir: kernel.dir ?? null,
        persistent: deps.persistent,
        features: kernel.featureNames,
        processes: deps.processes(),
        methods: kernel.methods.list().length,
        decisions: kernel.decisions,
        notices: noticesOf(kernel.logs),
      }),
    }),
    defineMethod({
      name: "kernel.features",
      description: "Lists the features of the kernel in the order of their start",
      role: "viewer",
      mutates: false,
      input: z.strictObject({}),
      run: () => ({ features: deps.features() }),
    }),
    defineMethod({
      name: "kernel.logs",
      description: "Gives lines of the event ring: the newest, or those after a cursor",
      role: "viewer",
      mutates: false,
      input: z.strictObject({
        tail: z.optional(z.int().check(z.minimum(1), z.maximum(1024))),
        level: z.optional(z.enum(LEVELS)),
        since: z.optional(z.int().check(z.minimum(0))),
      }),
      run: ({ tail, level, since }) => ({
        last: kernel.logs.last,
        events: kernel.logs.since(since ?? 0, { level, limit: tail }),
      }),
    }),
    defineMethod({
      name: "kernel.stop",
      description: "Shuts the kernel down, once this answer is given",
      role: "admin",
      mutates: true,
      input: z.strictObject({}),
      run: (_input, { subject, signal, onWarnings }) =>
        deps.guard.perform(
          { action: "kernel.stop", subject, resource: "kernel", attributes: {}, signal, onWarnings },
          () => {
            deps.stopSoon();
            return { state: "shutting-down" };
          },
        ),
    }),
  ];
}
