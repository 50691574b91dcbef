/**
 * Guards a set of tools of the AI SDK's form in one line: each call becomes the action `tool.<name>`. A tool whose effect is
 * not given stays undeclared, and the guard denies it.
 */
import {
  type AuditLevel,
  type DefinedAction,
  defineAction,
  type Effect,
  type ProcessRef,
  type Role,
  type Schema,
  type Subject,
} from "@weftos/interface";
import type { Kernel } from "../kernel/kernel.ts";
import { KernelOptionError } from "../kernel/kernel-errors.ts";

/** A tool as agent libraries write it. One without `execute` runs elsewhere and is left as it is. */
export interface GuardableTool {
  readonly description?: string | undefined;
  /** A Standard Schema checks the input again; any other form is the library's own to check. */
  readonly inputSchema?: unknown;
  readonly execute?: ((input: never, options: never) => unknown) | undefined;
}

/** Options of {@link guardTools}. */
export interface GuardToolsOptions {
  /** On whose behalf the tools are called. */
  readonly as: Subject | ProcessRef<never>;
  /** Tool → what it may do to the world; dimensions not named are 0. A tool not named is denied. */
  readonly effects: Readonly<Record<string, Partial<Effect>>>;
  /**
   * Whether the effects of the tools add up over time, for rules about what an agent accumulated: of all, or of those named.
   * @defaultValue of none
   */
  readonly accumulates?: boolean | readonly string[] | undefined;
  /** @defaultValue `"logged"` */
  readonly audit?: AuditLevel | undefined;
  /** The least role of a principal. @defaultValue `"operator"` */
  readonly role?: Role | undefined;
  /** What happens when a person must be asked. @defaultValue `"reject"` */
  readonly onDefer?: "reject" | "wait" | undefined;
  /** Told what rules want the caller of a tool to know, before it runs. */
  readonly onWarnings?: ((warnings: readonly string[], tool: string) => void) | undefined;
}

const NAME = /^[A-Za-z0-9_-]{1,100}$/;
const anything: Schema<unknown, unknown> = {
  "~standard": { version: 1, vendor: "weftos", validate: (value) => ({ value }) },
};

/**
 * Wraps tools so that each call passes the kernel's guard.
 *
 * @param tools - name → tool; names of letters, digits, `_` and `-`
 * @returns the same tools, with guarded `execute`
 * @throws `KERNEL_OPTION_INVALID`, `KERNEL_ACTION_INVALID`, `KERNEL_ACTION_CONFLICT`; each call what `perform` throws
 *
 * @example
 * ```ts no-run
 * const tools = guardTools(kernel, { weather, sendMail }, {
 *   as: agent,
 *   effects: { weather: {}, sendMail: { risk: 0.4, privacy: 0.3 } },
 * });
 * ```
 */
export function guardTools<Tools extends Readonly<Record<string, GuardableTool>>>(
  kernel: Pick<Kernel, "declare" | "perform">,
  tools: Tools,
  options: GuardToolsOptions,
): Tools {
  for (const [name, effect] of Object.entries<unknown>(options.effects)) {
    if (!Object.hasOwn(tools, name)) throw invalid("effects", `expected effects of the tools given, got ${name}`);
    // Left out it is denied; named without an effect it must not count as one that does nothing.
    if (typeof effect !== "object" || effect === null || Array.isArray(effect))
      throw invalid("effects", `expected the effect of ${name} as an object, {} for none, got ${typeof effect}`);
  }
  for (const name of accumulating(options)) {
    if (!Object.hasOwn(tools, name)) throw invalid("accumulates", `expected names of the tools given, got ${name}`);
  }
  const entries = Object.entries(tools).map(([name, tool]): [string, GuardableTool] => {
    if (!NAME.test(name))
      throw invalid("tools", `expected names of letters, digits, _ and -, got ${JSON.stringify(name)}`);
    const { execute } = tool;
    if (execute === undefined) return [name, tool];
    const action = actionOf(name, tool, execute, options);
    if (Object.hasOwn(options.effects, name)) kernel.declare(action);
    return [
      name,
      { ...tool, execute: (input: never, call: never) => guardedCall(kernel, action, execute, options, input, call) },
    ];
  });
  return Object.fromEntries(entries) as Tools;
}

function actionOf(
  name: string,
  tool: GuardableTool,
  execute: NonNullable<GuardableTool["execute"]>,
  options: GuardToolsOptions,
): DefinedAction<unknown, unknown> {
  return defineAction<unknown, unknown>({
    name: `tool.${name}`,
    description: tool.description,
    input: isStandardSchema(tool.inputSchema) ? tool.inputSchema : anything,
    effect: options.effects[name] ?? {},
    audit: options.audit ?? "logged",
    role: options.role,
    accumulates: options.accumulates === true || accumulating(options).includes(name),
    resource: () => `tool:${name}`,
    attributes: () => ({ tool: name }),
    // Run by the kernel after an approval: no conversation is left to speak of.
    run: async (input, { signal }) =>
      await lastOf(execute(input as never, { toolCallId: "approved", messages: [], abortSignal: signal } as never)),
  });
}

function accumulating({ accumulates }: GuardToolsOptions): readonly string[] {
  if (accumulates === undefined || typeof accumulates === "boolean") return [];
  if (Array.isArray(accumulates)) return accumulates;
  throw invalid("accumulates", `expected true, false or names of tools, got ${typeof accumulates}`);
}

async function guardedCall(
  kernel: Pick<Kernel, "perform">,
  action: DefinedAction<unknown, unknown>,
  execute: NonNullable<GuardableTool["execute"]>,
  options: GuardToolsOptions,
  input: unknown,
  call: unknown,
): Promise<unknown> {
  const { as, onDefer } = options;
  const onWarnings = (warnings: readonly string[]): void => options.onWarnings?.(warnings, action.declaration.name);
  const given = typeof call === "object" && call !== null ? call : {};
  const outer = "abortSignal" in given && given.abortSignal instanceof AbortSignal ? given.abortSignal : undefined;
  const live: DefinedAction<unknown, unknown> = {
    ...action,
    run: async (valid, { signal }) => await lastOf(execute(valid as never, { ...given, abortSignal: signal } as never)),
  };
  return await kernel.perform(live, input, { as, onDefer, onWarnings, signal: outer });
}

/** A tool may give results one after the other; all of its work belongs to the guarded run. */
async function lastOf(result: unknown): Promise<unknown> {
  const settled = await result;
  if (typeof settled !== "object" || settled === null || !(Symbol.asyncIterator in settled)) return settled;
  let last: unknown;
  for await (const value of settled as AsyncIterable<unknown>) last = value;
  return last;
}

function isStandardSchema(schema: unknown): schema is Schema<unknown, unknown> {
  return (typeof schema === "object" || typeof schema === "function") && schema !== null && "~standard" in schema;
}

function invalid(option: string, message: string): KernelOptionError {
  return new KernelOptionError(message, { details: { option } });
}
