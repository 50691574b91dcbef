/**
 * A tool is a guarded action with a face for models: a name, a description and an input that a model fills in. Between the
 * two stands `settle`, which looks at the world before anything is decided (it resolves a path), so that guard, approver
 * and run all mean the same thing.
 */
import type { ActionContext, DefinedAction, JsonValue } from "@weftos/interface";
import type { z } from "@weftos/schema";

/** A tool, its types forgotten. Made by {@link defineTool}. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly input: z.core.$ZodType;
  readonly action: DefinedAction<never, JsonValue>;
  readonly settle: (input: never, context: ActionContext) => unknown;
}

/** What {@link defineTool} is given. */
export interface ToolInit<Schema extends z.core.$ZodType, Settled, Output extends JsonValue> {
  /** Dotted, 1 to 128 characters, such as `billing.refund`: what the tool globs of capabilities match. */
  readonly name: string;
  /** What a model is told. */
  readonly description: string;
  /** What a model gives. */
  readonly input: Schema;
  /** What is guarded and run; its input is what `settle` gives. Several tools may share one declaration. */
  readonly action: DefinedAction<Settled, Output>;
}

/** How an input becomes what is decided on. Must change nothing; its result is JSON and is stored with an approval. */
export type Settle<Input, Settled> = (input: Input, context: ActionContext) => Settled | Promise<Settled>;

/**
 * Defines a tool over an action.
 *
 * @param init - `settle` may be left out where the action takes the input as it is
 *
 * @example
 * ```ts no-run
 * const refund = defineTool({
 *   name: "billing.refund",
 *   description: "Pays an order back",
 *   input: z.strictObject({ order: z.string(), cents: z.int() }),
 *   action: refundAction,
 * });
 * const kernel = await Kernel.boot({ features: [tools({ tools: [refund] })] });
 * ```
 */
export function defineTool<Schema extends z.core.$ZodType, Output extends JsonValue>(
  init: ToolInit<Schema, z.core.output<Schema>, Output> & { readonly settle?: undefined },
): Tool;
export function defineTool<Schema extends z.core.$ZodType, Settled, Output extends JsonValue>(
  init: ToolInit<Schema, Settled, Output> & { readonly settle: Settle<z.core.output<Schema>, Settled> },
): Tool;
export function defineTool<Schema extends z.core.$ZodType, Settled, Output extends JsonValue>(
  init: ToolInit<Schema, Settled, Output> & { readonly settle?: Settle<z.core.output<Schema>, Settled> | undefined },
): Tool {
  const { name, description, input, settle } = init;
  return {
    name,
    description,
    input,
    // From here on the types are forgotten: what `settle` gives goes to this action alone.
    action: init.action as unknown as DefinedAction<never, JsonValue>,
    settle: settle ?? ((given) => given),
  };
}
