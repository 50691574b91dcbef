/**
 * Makes entries of the method table. Every wire and the command line call through here, so that input is checked in one
 * place, whichever way it came.
 */
import { type JsonValue, type Method, type MethodCaller, type Role, WeftError } from "@weftos/interface";
import type { core } from "zod/mini";
import { parse } from "../input/parse.ts";
import type { InputIssue } from "../input/problem.ts";
import { toJsonSchema } from "../json-schema/to-json-schema.ts";

/** Raised when the parameters of a method do not fit its schema. `details.issues` says where and what was expected. */
export class InvalidParamsError extends WeftError<{ readonly method: string; readonly issues: readonly InputIssue[] }> {
  override readonly code = "API_INVALID_PARAMS";
}

/** What {@link defineMethod} is given. */
export interface MethodInit<Input extends core.$ZodType, Output> {
  readonly name: string;
  readonly description: string;
  readonly role: Role;
  readonly mutates: boolean;
  /** An object schema; `{}` stands for absent parameters. */
  readonly input: Input;
  readonly run: (input: core.output<Input>, caller: MethodCaller) => Output | Promise<Output>;
}

/**
 * Defines a method.
 *
 * @example
 * ```ts no-run
 * const status = defineMethod({
 *   name: "kernel.status",
 *   description: "Tells the state of the kernel",
 *   role: "viewer",
 *   mutates: false,
 *   input: z.strictObject({}),
 *   run: () => ({ state: kernel.state }),
 * });
 * ```
 */
export function defineMethod<Input extends core.$ZodType, Output extends object | null>(
  init: MethodInit<Input, Output>,
): Method {
  const { name, description, role, mutates, input: schema } = init;
  return {
    name,
    description,
    role,
    mutates,
    inputSchema: () => toJsonSchema(schema),
    async call(input, caller) {
      caller.signal.throwIfAborted();
      const params = parse(schema, input ?? {}, {
        what: `the parameters of ${name}`,
        error: (problem) =>
          new InvalidParamsError(problem.message, { details: { method: name, issues: problem.issues } }),
      });
      const output = await init.run(params, caller);
      // A result travels as JSON, so it is one already here: no undefined, no byte array, no class.
      return JSON.parse(JSON.stringify(output)) as JsonValue;
    },
  };
}
