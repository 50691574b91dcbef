/**
 * Tool calls as data: what is stored with an approval, and how it is run once its requester is gone. Several tools may
 * share an action, so the stored input names the tool; it holds what was settled, not what a model wrote, so that the
 * run means what the approver saw.
 */
import type { DefinedAction, DefinedActions, JsonObject, JsonValue, Schema } from "@weftos/interface";
import { parse } from "@weftos/schema";
import { runTool } from "../call/run-tool.ts";
import type { Tool } from "../tool/define-tool.ts";
import { ToolInputError, ToolNotFoundError } from "../tool/tool-errors.ts";

/** A tool call as it is stored. */
type StoredCall = JsonObject & { readonly tool: string; readonly call: JsonValue };

/** What one gave, with the tool that knows how to sum it up. */
interface StoredOutput {
  readonly tool: Tool;
  readonly output: JsonValue;
}

/** Gives the input that is stored with an approval of a call. */
export function storedInput(tool: Tool, settled: unknown): StoredCall {
  return { tool: tool.name, call: JSON.parse(JSON.stringify(settled)) as JsonValue };
}

/** Finds the action of a stored tool call. Its functions check what they are given: it may be of an older version. */
export function storedCalls(tools: ReadonlyMap<string, Tool>): DefinedActions {
  return {
    find(name) {
      const declaration = [...tools.values()].find(({ action }) => action.declaration.name === name)?.action
        .declaration;
      if (declaration === undefined) return undefined;
      const open = (stored: StoredCall): { readonly tool: Tool; readonly settled: never } =>
        openStored(tools, name, stored);
      const action: DefinedAction<StoredCall, StoredOutput> = {
        declaration,
        input: storedSchema(open),
        resource: (stored) => {
          const { tool, settled } = open(stored);
          return tool.action.resource(settled);
        },
        attributes: async (stored) => {
          const { tool, settled } = open(stored);
          return { ...(await tool.action.attributes(settled)), tool: tool.name };
        },
        display: (stored) => {
          const { tool, settled } = open(stored);
          return tool.action.display(settled);
        },
        summary: ({ tool, output }) => tool.action.summary(output as never),
        run: async (stored, context) => {
          const { tool, settled } = open(stored);
          const run = () => tool.action.run(settled, context);
          return { tool, output: await runTool(tool.name, context.signal, run) };
        },
      };
      // The port forgets types; every function above checks what comes.
      return action as unknown as DefinedAction<never, unknown>;
    },
  };
}

/**
 * Reads a stored call.
 *
 * @throws `TOOL_NOT_FOUND` when the tool is gone or stands under another action; `TOOL_INPUT_INVALID`
 */
function openStored(
  tools: ReadonlyMap<string, Tool>,
  action: string,
  stored: unknown,
): { readonly tool: Tool; readonly settled: never } {
  const given = typeof stored === "object" && stored !== null ? stored : {};
  const name = "tool" in given && typeof given.tool === "string" ? given.tool.slice(0, 128) : "";
  const tool = tools.get(name);
  if (tool?.action.declaration.name !== action) {
    const message = `expected a stored call of a tool under ${action}, got one of ${JSON.stringify(name)}`;
    throw new ToolNotFoundError(message, { details: { tool: name } });
  }
  const settled = parse(tool.action.input, "call" in given ? given.call : undefined, {
    what: `the stored call of ${name}`,
    error: ({ message, issues }) => new ToolInputError(message, { details: { tool: name, issues } }),
  });
  return { tool, settled };
}

function storedSchema(open: (stored: StoredCall) => unknown): Schema<unknown, StoredCall> {
  return {
    "~standard": {
      version: 1,
      vendor: "weftos",
      validate(value) {
        const stored = value as StoredCall;
        try {
          open(stored);
          return { value: stored };
        } catch (error) {
          return { issues: [{ message: error instanceof Error ? error.message : "expected a stored tool call" }] };
        }
      },
    },
  };
}
