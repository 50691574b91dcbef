import type { Role, Subject } from "../identity/subject.ts";
import type { JsonObject } from "../schema/json-value.ts";
import type { Schema } from "../schema/schema.ts";
import type { ActionDeclaration, Attributes, AuditLevel, Right } from "./action.ts";
import type { Effect } from "./effect.ts";
import { shownJson } from "./shown-json.ts";

/** What a defined action is told when it runs. */
export interface ActionContext {
  /** On whose behalf it runs. */
  readonly subject: Subject;
  /** Aborts when the requester gives up or the kernel stops. */
  readonly signal: AbortSignal;
}

/** A guarded function: data that the kernel can show, store, ask about and run later. */
export interface DefinedAction<Input = unknown, Output = unknown> {
  readonly declaration: ActionDeclaration;
  readonly input: Schema<unknown, Input>;
  /** Names what the action touches. */
  readonly resource: (input: Input) => string;
  /** Gives the facts that rules may read. */
  readonly attributes: (input: Input) => Attributes | Promise<Attributes>;
  /** Gives exactly what an approver is shown; everything that matters must be in it. */
  readonly display: (input: Input) => string;
  /** Gives what of the outcome may enter the audit log: no secret, safe integers only. */
  readonly summary: (output: Output) => JsonObject;
  readonly run: (input: Input, context: ActionContext) => Output | Promise<Output>;
}

/** What {@link defineAction} is given. */
export interface ActionInit<Input, Output> {
  readonly name: string;
  readonly description?: string | undefined;
  readonly input: Schema<unknown, Input> | Schema<Input, Input>;
  /** Dimensions not named are 0; `{}` says on purpose that all are. */
  readonly effect: Partial<Effect>;
  readonly audit: AuditLevel;
  /** @defaultValue `["tool"]` */
  readonly rights?: readonly Right[] | undefined;
  /** @defaultValue `"operator"` */
  readonly role?: Role | undefined;
  readonly event?: string | undefined;
  /** Whether its effect adds up over time, for rules about what an agent accumulated. @defaultValue false */
  readonly accumulates?: boolean | undefined;
  /** @defaultValue the action's name */
  readonly resource?: ((input: Input) => string) | undefined;
  /** @defaultValue no facts */
  readonly attributes?: ((input: Input) => Attributes | Promise<Attributes>) | undefined;
  /** @defaultValue the input as JSON, indented by two, invisible characters escaped */
  readonly display?: ((input: Input) => string) | undefined;
  /** @defaultValue nothing */
  readonly summary?: ((output: Output) => JsonObject) | undefined;
  readonly run: (input: Input, context: ActionContext) => Output | Promise<Output>;
}

/**
 * Defines an action that the kernel guards: input checked by schema, capability and rules asked, approval possible,
 * intent and outcome recorded.
 *
 * @example
 * ```ts no-run
 * const refund = defineAction({
 *   name: "billing.refund",
 *   input: z.object({ order: z.string(), cents: z.int() }),
 *   effect: { risk: 0.4 },
 *   audit: "durable",
 *   run: ({ order, cents }) => payments.refund(order, cents),
 * });
 * ```
 */
export function defineAction<Input, Output>(init: ActionInit<Input, Output>): DefinedAction<Input, Output> {
  return {
    declaration: {
      name: init.name,
      description: init.description ?? init.name,
      effect: wholeEffect(init.effect),
      audit: init.audit,
      rights: init.rights ?? ["tool"],
      role: init.role ?? "operator",
      event: init.event,
      accumulates: init.accumulates,
    },
    input: init.input as Schema<unknown, Input>,
    resource: init.resource ?? (() => init.name),
    attributes: init.attributes ?? (() => ({})),
    display: init.display ?? shownJson,
    summary: init.summary ?? (() => ({})),
    run: init.run,
  };
}

/** Fills what was not said. What is no effect at all, as programs in plain JavaScript may give, stays so, and no kernel takes the action. */
function wholeEffect(given: Partial<Effect>): Effect {
  const isEffect = typeof given === "object" && given !== null && !Array.isArray(given);
  return isEffect ? { risk: 0, fairness: 0, privacy: 0, novelty: 0, security: 0, ...given } : (given as Effect);
}
