/**
 * Reads a decision back from its record, so that it can be asked again. The chain writes fractions as text, and names them; where
 * an earlier release did not, what looks like one is read as a number again. Limit: which rights a process held is not recorded, so a rule that asks for them cannot be
 * judged afterwards.
 */
import type {
  ActionDeclaration,
  ActionRequest,
  AttributeValue,
  Effect,
  RecordedEvent,
  Role,
  Subject,
} from "@weftos/interface";
import { safeParse, z } from "@weftos/schema";
import type { Facts } from "../decision/facts.ts";
import { accountOf, type SpawnedProcess } from "../effect/account.ts";
import { ZERO_EFFECT } from "../effect/effect-vector.ts";
import type { SpawnTree } from "./spawn-tree.ts";

/** A decision as it was recorded. */
export interface RecordedDecision {
  readonly sequence: number;
  readonly time: number;
  readonly request: ActionRequest;
  readonly effect: Effect;
  /** What was decided of the request itself: `defer` where it ran because a person approved it. */
  readonly verdict: "permit" | "defer" | "deny";
  readonly rules: readonly string[];
  readonly policy: string;
  readonly reason: string;
  readonly approval: string | undefined;
  /** Whether the action was let run: at once, or because a person approved it. */
  readonly ran: boolean;
  /** Name of the agent. */
  readonly agent: string | undefined;
  /** The account of accumulated effects that it was decided by. */
  readonly account: string | undefined;
}

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const payloadSchema = z.lazy(() =>
  z.looseObject({
    action: z.string(),
    subject: z.string(),
    role: z.optional(z.enum(["viewer", "operator", "approver", "admin"])),
    resource: z.string(),
    attributes: z.record(z.string(), scalar),
    fractions: z.optional(z.array(z.string())),
    effect: z.record(z.string(), z.union([z.string(), z.number()])),
    verdict: z.enum(["permit", "defer", "deny"]),
    rules: z.array(z.string()),
    policy: z.string(),
    reason: z.string(),
    approval: z.optional(z.string()),
    by: z.optional(z.string()),
    account: z.optional(z.string()),
  }),
);

/**
 * Reads a decision of the rules.
 *
 * @returns undefined for an event that holds none: another kind, redacted, or a refusal that no rule was asked about
 */
export function recordedDecision(event: RecordedEvent): RecordedDecision | undefined {
  // Most events are none: this tells without a look at every field.
  if (typeof event.payload?.verdict !== "string") return undefined;
  const parsed = safeParse(payloadSchema, event.payload, "a decision");
  if (!parsed.ok) return undefined;
  const { action, resource, verdict, rules, policy, reason, approval, by, account } = parsed.value;
  if (by === "capability" || by === "approval") return undefined;
  const subject = subjectOf(parsed.value.subject, parsed.value.role);
  const known = Object.keys(parsed.value.effect).length > 0;
  if (subject === undefined || !known) return undefined;
  const upkeep = subject.kind === "kernel" && verdict === "permit";
  return {
    sequence: event.sequence,
    time: event.time,
    request: { action, subject, resource, attributes: attributesOf(parsed.value) },
    effect: effectOf(parsed.value.effect),
    verdict: verdict === "permit" && approval !== undefined && !upkeep ? "defer" : verdict,
    rules,
    policy,
    reason,
    approval,
    ran: verdict === "permit",
    agent: event.actor.agent,
    account,
  };
}

/** Declares the action of a recorded decision with the effect that it had. */
export function declarationOf({ request, effect }: RecordedDecision, accumulates: boolean): ActionDeclaration {
  const { action } = request;
  return { name: action, description: action, effect, audit: "logged", rights: [], role: "operator", accumulates };
}

/** The facts of that time. */
export function factsOf(recorded: RecordedDecision, tree: SpawnTree, accumulated: Facts["accumulated"]): Facts {
  const { time, agent, account, request } = recorded;
  const own = request.subject.kind === "process" ? request.subject.id : undefined;
  const spawned = (id: string): SpawnedProcess | undefined =>
    tree.find(id) ?? (id === own && agent !== undefined ? { name: agent } : undefined);
  return {
    now: () => time,
    account: (subject) => account ?? accountOf(subject, spawned),
    accumulated,
    process: (id) => {
      const found = spawned(id);
      if (found === undefined) return undefined;
      const { name, parent } = found;
      return {
        name,
        get parent() {
          if (parent === undefined) throw new Error("who started it is not recorded");
          return parent;
        },
        capabilities: unrecorded,
      };
    },
  };
}

const unrecorded = {
  get canSpawn(): boolean {
    throw new Error("rights are not recorded");
  },
  get canIpc(): boolean {
    throw new Error("rights are not recorded");
  },
  get canExecTools(): boolean {
    throw new Error("rights are not recorded");
  },
  get canNetwork(): boolean {
    throw new Error("rights are not recorded");
  },
};

const kinds = ["kernel", "process", "principal", "node"] as const;

function subjectOf(text: string, role: Role | undefined): Subject | undefined {
  const colon = text.indexOf(":");
  const kind = kinds.find((one) => one === text.slice(0, colon));
  return kind === undefined ? undefined : { kind, id: text.slice(colon + 1), ...(role && { role }) };
}

function attributesOf({
  attributes,
  fractions,
}: {
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly fractions?: readonly string[] | undefined;
}): Record<string, AttributeValue> {
  const named = fractions === undefined ? undefined : new Set(fractions);
  const isFraction = (name: string, text: string): boolean => named?.has(name) ?? /^-?\d+\.\d+(e[+-]?\d+)?$/.test(text);
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      typeof value === "string" && isFraction(name, value) ? Number(value) : value,
    ]),
  );
}

function effectOf(recorded: Readonly<Record<string, string | number>>): Effect {
  const numbers = Object.entries(recorded).map(([name, value]) => [name, Number(value)] as const);
  return { ...ZERO_EFFECT, ...Object.fromEntries(numbers) };
}
