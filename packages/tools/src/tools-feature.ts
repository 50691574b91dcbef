/** Wires tools into a kernel: the runner, the actions behind them, and the methods that list and call them. */
import {
  definedActions,
  type Feature,
  type FeatureContext,
  type JsonValue,
  type Method,
  processDirectory,
  type ResourceSource,
  resourceSources,
  type ToolInfo,
  type ToolRunner,
  toolRunner,
} from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import { ToolCalls } from "./call/tool-calls.ts";
import { type NativePorts, nativeDeclarations, nativeTools } from "./native-tools.ts";
import { realOr } from "./path/settle-path.ts";
import { storedCalls } from "./registry/stored-calls.ts";
import { declarationsOf, eventsOf, indexTools } from "./registry/tool-registry.ts";
import type { Tool } from "./tool/define-tool.ts";

/** `kernel.tools`. */
export interface Tools extends ToolRunner {
  /** Describes one tool, whoever may call it; undefined when there is none of the name. */
  find(name: string): Promise<ToolInfo | undefined>;
}

/** What {@link tools} takes. */
export interface ToolsInit {
  /** Tools besides the native ones. @defaultValue none */
  readonly tools?: readonly Tool[] | undefined;
  /** What `http.post` sends with. @defaultValue the `fetch` of the platform */
  readonly fetch?: typeof fetch | undefined;
}

/**
 * Gives agents tools: `kernel.tools`, `agent.tools`. Native are `fs.read_file`, `fs.read_dir`, `fs.stat`, `fs.remove` and
 * `http.post`.
 *
 * @throws `TOOL_DEFINITION_INVALID` when the given tools cannot stand together
 *
 * @example
 * ```ts no-run
 * const kernel = await Kernel.boot({ features: [process(), tools({ tools: [refund] })] });
 * await kernel.tools.call(subject, "fs.read_file", { path: "/docs/a.md" });
 * ```
 */
export function tools(init: ToolsInit = {}): Feature<"tools", Tools> {
  const extra = init.tools ?? [];
  const actions = declarationsOf([...extra], nativeDeclarations);
  return {
    name: "tools",
    package: "@weftos/tools",
    provides: [toolRunner, definedActions, resourceSources],
    needs: [processDirectory],
    uses: [],
    actions,
    events: eventsOf(actions),
    create(context) {
      const index = indexTools([...nativeTools(nativePorts(context, init)), ...extra]);
      const calls = new ToolCalls({
        tools: index,
        guard: context.guard,
        processes: context.need(processDirectory),
        signal: context.signal,
      });
      return {
        api: calls,
        provisions: [
          context.provide(toolRunner, calls),
          context.provide(definedActions, storedCalls(index)),
          context.provide(resourceSources, nodesOf(index)),
        ],
        get methods() {
          return [toolList(calls), toolCall(calls)];
        },
      };
    },
  };
}

/** Each tool's node in the resource tree: `fs.stat` is `/kernel/tools/fs/stat`. */
function nodesOf(index: ReadonlyMap<string, Tool>): ResourceSource {
  return {
    owner: "tools",
    resources: () => [
      { path: "/kernel/services/tools", kind: "service" },
      ...[...index.values()].map(({ name, action }) => ({
        path: `/kernel/tools/${name.replaceAll(".", "/")}`,
        kind: "tool" as const,
        metadata: { action: action.declaration.name },
      })),
    ],
  };
}

function nativePorts(context: FeatureContext, init: ToolsInit): NativePorts {
  const { files } = context.platform;
  let protectedFolder: Promise<string> | undefined;
  return {
    files,
    processes: context.need(processDirectory),
    protectedFolder: async () => {
      if (!context.persistent) return undefined;
      // Resolved once: the directory is locked, and stays where it is while the kernel runs.
      protectedFolder ??= realOr(files, context.dir);
      return await protectedFolder;
    },
    fetch: init.fetch ?? globalThis.fetch,
    clock: context.clock,
  };
}

function toolList(calls: ToolRunner): Method {
  return defineMethod({
    name: "tool.list",
    description: "Lists the tools with the JSON Schema of their input",
    role: "viewer",
    mutates: false,
    input: z.strictObject({}),
    run: async (_input, { subject }) => ({ tools: await calls.list(subject) }),
  });
}

function toolCall(calls: ToolRunner): Method {
  return defineMethod({
    name: "tool.call",
    description: "Calls a tool in the caller's own name",
    role: "operator",
    mutates: true,
    input: z.strictObject({
      name: z.string().check(z.minLength(1), z.maxLength(128)),
      input: z._default(z.unknown(), {}),
      /** Id of an approval granted for exactly this call. */
      approval: z.optional(z.uuid()),
    }),
    run: async ({ name, input, approval }, { subject, signal, onWarnings }) => ({
      output: await calls.call(subject, name, input as JsonValue, { signal, approval, onWarnings }),
    }),
  });
}
