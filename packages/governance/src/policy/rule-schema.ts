/**
 * The schema of rules, final in shape: what a file, the configuration and the genesis rules are checked against. Keys are
 * camelCase here and snake_case in files. Every field is obeyed by the engine (`compile-rule.ts`).
 */
import { z } from "@weftos/schema";
import { MAX_WINDOW_MS } from "../effect/effect-ledger.ts";
import { EFFECT_DIMENSIONS } from "../effect/effect-vector.ts";
import { MAX_PATTERN_LENGTH } from "./text-glob.ts";

/** How long a deferred action waits for its answer unless its rule says otherwise: 24 hours. */
export const DEFAULT_EXPIRES_MS = 86_400_000;
/** Over which effects add up unless a rule says otherwise: an hour. */
export const DEFAULT_WINDOW_MS = 3_600_000;
/** The most rules of one policy. */
export const MAX_RULES = 10_000;
/** The most dimensions beside the five. */
export const MAX_DIMENSIONS = 16;
/** The longest rule as JSON text, so that it fits into one event of the chain. */
const MAX_RULE_LENGTH = 65_536;

const list = <Item extends z.core.$ZodType>(item: Item) => z.array(item).check(z.minLength(1), z.maxLength(256));
const pattern = z.string().check(z.minLength(1), z.maxLength(MAX_PATTERN_LENGTH));
const actionPattern = z.string().check(
  z.maxLength(MAX_PATTERN_LENGTH),
  z.refine(
    (text) => /^[A-Za-z0-9_*-]+(\.[A-Za-z0-9_*-]+)*$/.test(text),
    "expected a pattern of letters, digits, _, - and * with dots between, such as fs.remove or net.*",
  ),
);
const clockTime = z
  .string()
  .check(z.refine((text) => /^([01]\d|2[0-3]):[0-5]\d$/.test(text), "expected a time of day, HH:MM in UTC"));
const scalar = z.lazy(() => z.union([z.string().check(z.maxLength(1024)), z.number(), z.boolean()]));

const role = z.enum(["viewer", "operator", "approver", "admin"]);
const branch = z.enum(["legislative", "executive", "judicial"]);
const severity = z.enum(["advisory", "warning", "blocking", "critical"]);

/** One comparison with an attribute; all parts that are given must hold. */
const comparison = z.lazy(() =>
  z
    .strictObject({
      /** Equal to this value. */
      is: z.optional(scalar),
      /** Not equal to this value, or absent. */
      not: z.optional(scalar),
      /** Equal to one of these. */
      in: z.optional(list(scalar)),
      over: z.optional(z.number()),
      under: z.optional(z.number()),
      atLeast: z.optional(z.number()),
      atMost: z.optional(z.number()),
      /** A text that matches the pattern: `*` any run without `/`, `**` any run. */
      matches: z.optional(pattern),
      /** Whether the attribute is there at all. */
      present: z.optional(z.boolean()),
    })
    .check(z.refine((parts) => Object.keys(parts).length > 0, "expected at least one comparison")),
);

/** Upper limits of dimensions, or of the `magnitude`. */
const limits = z.lazy(() =>
  z
    .record(z.string().check(z.minLength(1), z.maxLength(64)), z.number().check(z.minimum(0), z.maximum(1000)))
    .check(z.refine((over) => Object.keys(over).length > 0, "expected at least one limit")),
);

const condition = z.lazy(() =>
  z.strictObject({
    /** Action names, globs on dots. Absent: every action. */
    actions: z.optional(list(actionPattern)),
    subjects: z.optional(
      z.strictObject({
        kinds: z.optional(list(z.enum(["kernel", "process", "principal", "node"]))),
        /** Names of agents; a rule that restricts holds for all below them too; only processes match. */
        agents: z.optional(list(pattern)),
        /** Ids of principals; only principals match. */
        principals: z.optional(list(pattern)),
        /** Roles that a principal has; only principals match. */
        roles: z.optional(list(role)),
        /** Rights that a process holds, all of them; only processes match. */
        capabilities: z.optional(list(z.enum(["spawn", "ipc", "tool", "network"]))),
      }),
    ),
    /** What is acted on. Absent: everything. */
    resources: z.optional(list(pattern)),
    attributes: z.optional(
      z.record(z.string().check(z.minLength(1), z.maxLength(128)), z.union([scalar, list(scalar), comparison])),
    ),
    /** Names of environments. Absent: all. */
    environments: z.optional(list(z.string().check(z.minLength(1), z.maxLength(64)))),
    /** Matches when any of the named dimensions, or the `magnitude`, is over its limit. */
    effect: z.optional(
      z.strictObject({
        over: limits,
      }),
    ),
    /**
     * Matches when what the agent did within the window, this action included, is over any of the limits. Only actions whose
     * declaration says that they accumulate are counted and can match.
     */
    accumulated: z.optional(
      z.strictObject({
        over: limits,
        windowMs: z._default(z.int().check(z.minimum(1000), z.maximum(MAX_WINDOW_MS)), DEFAULT_WINDOW_MS),
        /** After which an action counts half; absent: whole until it leaves the window. */
        halfLifeMs: z.optional(z.int().check(z.minimum(1000), z.maximum(MAX_WINDOW_MS))),
      }),
    ),
    /** Days and times of day in UTC; a window whose end is before its start goes over midnight. */
    time: z.optional(
      z
        .strictObject({
          days: z.optional(list(z.enum(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]))),
          from: z.optional(clockTime),
          to: z.optional(clockTime),
        })
        .check(
          z.refine(
            (window) => (window.from === undefined) === (window.to === undefined) && Object.keys(window).length > 0,
            "expected days, or from and to together",
          ),
        ),
    ),
  }),
);

const outcome = z.lazy(() =>
  z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("permit") }),
    z.strictObject({ kind: z.literal("warn") }),
    z.strictObject({
      kind: z.literal("defer"),
      /** The least role that may answer; a lower one than approver stands for approver, below whom nobody answers anything. */
      to: z._default(role, "approver"),
      /** Names of the principals that may answer. Absent: whoever has the role. */
      approvers: z.optional(
        z.array(z.string().check(z.minLength(1), z.maxLength(128))).check(z.minLength(1), z.maxLength(64)),
      ),
      /** How many different principals must agree. */
      quorum: z._default(z.int().check(z.minimum(1), z.maximum(16)), 1),
      expiresMs: z._default(z.int().check(z.minimum(1000), z.maximum(31_536_000_000)), DEFAULT_EXPIRES_MS),
    }),
    z.strictObject({ kind: z.literal("deny") }),
  ]),
);

/** One rule. */
export const ruleSchema = z.lazy(() =>
  z
    .strictObject({
      id: z
        .string()
        .check(
          z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "expected 1 to 64 letters, digits, dots, dashes or underscores"),
        ),
      description: z.string().check(z.minLength(1), z.maxLength(1024)),
      branch,
      severity,
      active: z._default(z.boolean(), true),
      referenceUrl: z.optional(z.url().check(z.maxLength(1024))),
      sopCategory: z.optional(z.string().check(z.minLength(1), z.maxLength(64))),
      condition,
      outcome,
    })
    .check(
      z.superRefine((rule, context) => {
        if (JSON.stringify(rule).length > MAX_RULE_LENGTH) {
          context.addIssue({ code: "custom", path: [], message: "expected a rule of at most 64 KiB as JSON" });
        }
        const { outcome: wants, condition: when } = rule;
        if (wants.kind === "defer" && wants.approvers !== undefined && new Set(wants.approvers).size < wants.quorum) {
          const message = `expected at most ${new Set(wants.approvers).size}, the number of different approvers`;
          context.addIssue({ code: "custom", path: ["outcome", "quorum"], message });
        }
        if (when.accumulated !== undefined && when.actions?.some((name) => /^ipc(\.|$)/.test(name))) {
          const message = "expected actions that accumulate: messages have no effect that adds up";
          context.addIssue({ code: "custom", path: ["condition", "actions"], message });
        }
        if (rule.severity === "critical" && rule.outcome.kind !== "deny") {
          context.addIssue({
            code: "custom",
            path: ["outcome", "kind"],
            message: 'expected "deny" in a critical rule',
          });
        }
        if (rule.severity === "advisory" && rule.outcome.kind !== "permit") {
          context.addIssue({
            code: "custom",
            path: ["outcome", "kind"],
            message: 'expected "permit" in an advisory rule: it is only recorded',
          });
        }
      }),
    ),
);

/** A list of rules whose ids differ. */
export const rulesSchema = z.array(ruleSchema).check(
  z.maxLength(MAX_RULES),
  z.superRefine((rules, context) => {
    const seen = new Set<string>();
    for (const [index, rule] of rules.entries()) {
      if (seen.has(rule.id.toLowerCase()))
        context.addIssue({ code: "custom", path: [index, "id"], message: "expected an id that no other rule has" });
      seen.add(rule.id.toLowerCase());
    }
  }),
);

/** Names of dimensions beside the five. */
export const dimensionsSchema = z.lazy(() =>
  z
    .array(
      z
        .string()
        .check(z.regex(/^[a-z][a-z0-9_]{0,63}$/, "expected a name of lower-case letters, digits and underscores")),
    )
    .check(z.maxLength(MAX_DIMENSIONS)),
);

/** A policy file: extra dimensions, and rules. */
export const policyFileSchema = z.lazy(() =>
  z
    .strictObject({
      /** Where its JSON schema is, for editors. */
      $schema: z.optional(z.string().check(z.maxLength(1024))),
      dimensions: z._default(dimensionsSchema, []),
      rules: z._default(rulesSchema, []),
    })
    .check(knownDimensions()),
);

/** Checks that limits are on declared dimensions alone: a mistyped one would never match. */
export function knownDimensions<
  Section extends { readonly rules: readonly Rule[]; readonly dimensions: readonly string[] },
>() {
  return z.superRefine<Section>(({ rules, dimensions }, context) => {
    for (const [index, part, name] of unknownDimensions(rules, dimensions)) {
      const path = ["rules", index, "condition", part, "over", name];
      context.addIssue({ code: "custom", path, message: dimensionFault });
    }
  });
}

const dimensionFault = 'expected a known dimension or "magnitude"; name others in dimensions';

/** Finds limits on dimensions that nobody declared. */
function unknownDimensions(
  rules: readonly Rule[],
  extra: readonly string[],
): readonly (readonly [number, "effect" | "accumulated", string])[] {
  const known = new Set<string>([...EFFECT_DIMENSIONS, "magnitude", ...extra]);
  return rules.flatMap((rule, index) =>
    (["effect", "accumulated"] as const).flatMap((part) =>
      Object.keys(rule.condition[part]?.over ?? {})
        .filter((name) => !known.has(name))
        .map((name) => [index, part, name] as const),
    ),
  );
}

/** A checked rule, defaults filled in. */
export type Rule = z.output<typeof ruleSchema>;
/** A rule as it may be written in code: what has a default may be left out. */
export type RuleInput = z.input<typeof ruleSchema>;
/** When a rule matches: all given parts must hold. */
export type RuleCondition = Rule["condition"];
/** What a matching rule wants. */
export type RuleOutcome = Rule["outcome"];
/** A comparison with an attribute. */
export type AttributeComparison = z.output<typeof comparison>;
