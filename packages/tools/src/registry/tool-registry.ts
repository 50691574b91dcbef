/** The tools of one kernel by name, and their actions, checked to stand together. */
import type { ActionDeclaration, EventKind } from "@weftos/interface";
import type { Tool } from "../tool/define-tool.ts";
import { ToolDefinitionError } from "../tool/tool-errors.ts";

const NAME = /^[a-z][a-z0-9_-]*(?:\.[a-z0-9][a-z0-9_-]*)*$/i;

/**
 * Indexes tools by name, in the order of their names.
 *
 * @throws `TOOL_DEFINITION_INVALID` for a name that is not dotted or is given twice
 */
export function indexTools(tools: readonly Tool[]): ReadonlyMap<string, Tool> {
  const index = new Map<string, Tool>();
  for (const tool of tools.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (tool.name.length > 128 || !NAME.test(tool.name)) {
      throw invalid(tool.name, "expected a dotted name of 1 to 128 letters, digits, - and _");
    }
    if (index.has(tool.name)) throw invalid(tool.name, "expected each tool once, got two of this name");
    index.set(tool.name, tool);
  }
  return index;
}

/**
 * Lists the declarations behind tools, each once, after those that stand already.
 *
 * @throws `TOOL_DEFINITION_INVALID` when one action is declared in two ways
 */
export function declarationsOf(
  tools: readonly Tool[],
  standing: readonly ActionDeclaration[],
): readonly ActionDeclaration[] {
  const byName = new Map(standing.map((declaration) => [declaration.name, declaration]));
  for (const { name, action } of tools) {
    const earlier = byName.get(action.declaration.name);
    if (earlier !== undefined && JSON.stringify(earlier) !== JSON.stringify(action.declaration)) {
      throw invalid(name, `expected one declaration of the action ${earlier.name}, got a second that differs`);
    }
    byName.set(action.declaration.name, action.declaration);
  }
  return [...byName.values()];
}

/** Describes the events that the actions leave. */
export function eventsOf(declarations: readonly ActionDeclaration[]): readonly EventKind[] {
  return declarations
    .filter(({ audit }) => audit === "durable" || audit === "logged")
    .map(({ name, event, description, audit }) => ({
      kind: event ?? name,
      description: `Outcome of: ${description}`,
      payload: {
        ...(audit === "durable" ? { intent: "sequence of the intent's event" } : { attributes: "facts of the call" }),
        action: "name of the action",
        outcome: "`ok` or `failed`",
        error: "code of the failure",
        result: "what the tool tells of its result",
      },
    }));
}

function invalid(tool: string, message: string): ToolDefinitionError {
  return new ToolDefinitionError(`the tool ${JSON.stringify(tool.slice(0, 128))}: ${message}`, {
    details: { tool: tool.slice(0, 128) },
  });
}
