/**
 * Tool calls as data: what is stored with an approval, and how it is run once its requester is gone. Several tools may
 * share an action, so the stored input names the tool; it holds what was settled, not what a model wrote, so that the
 * run means what the approver saw.
 */
import type { DefinedAction, DefinedActions, JsonValue, Schema } from "@weftos/interface";
import { safeParse } from "@weftos/schema";
import type { Tool } from "../tool/define-tool.ts";

/** A tool call that was settled, read back. */
interface StoredCall {
  readonly tool: Tool;
  readonly settled: never;
}

/** What one gave. */
interface StoredOutput {
  readonly tool: Tool;
  readonly output: JsonValue;
}

/** Gives the input that is stored with an approval of a call. */
export function storedInput(tool: Tool, settled: unknown): JsonValue {
  return { tool: tool.name, call: JSON.parse(JSON.stringify(settled)) as JsonValue };
}

/** Finds the action of a stored tool call. */
export function storedCalls(tools: ReadonlyMap<string, Tool>): DefinedActions {
  return {
    find(name) {
      const declaration = [...tools.values()].find(({ action }) => action.declaration.name === name)?.action
        .declaration;
      if (declaration === undefined) return undefined;
      const action: DefinedAction<StoredCall, StoredOutput> = {
        declaration,
        input: storedSchema(tools, name),
        resource: ({ tool, settled }) => tool.action.resource(settled),
        attributes: ({ tool, settled }) => tool.action.attributes(settled),
        display: ({ tool, settled }) => tool.action.display(settled),
        summary: ({ tool, output }) => tool.action.summary(output as never),
        run: async ({ tool, settled }, context) => ({ tool, output: await tool.action.run(settled, context) }),
      };
      // The port forgets types: what its schema gives goes to this action alone.
      return action as unknown as DefinedAction<never, unknown>;
    },
  };
}

function storedSchema(tools: ReadonlyMap<string, Tool>, action: string): Schema<unknown, StoredCall> {
  return {
    "~standard": {
      version: 1,
      vendor: "weftos",
      validate(value) {
        const given = typeof value === "object" && value !== null ? value : {};
        const tool = "tool" in given && typeof given.tool === "string" ? tools.get(given.tool) : undefined;
        if (tool?.action.declaration.name !== action || !("call" in given)) {
          return { issues: [{ message: `expected a stored call of a tool under ${action}` }] };
        }
        const result = safeParse(tool.action.input, given.call, `the stored call of ${tool.name}`);
        if (result.ok) return { value: { tool, settled: result.value } };
        return { issues: [{ message: result.problem.message }] };
      },
    },
  };
}
