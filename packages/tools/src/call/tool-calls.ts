/** Runs tools by name: input checked, settled, guarded, run. The guard is asked once a call, and nothing runs without it. */
import type {
  Guard,
  JsonValue,
  ProcessDirectory,
  Subject,
  ToolCallOptions,
  ToolInfo,
  ToolRunner,
} from "@weftos/interface";
import { parse, toJsonSchema } from "@weftos/schema";
import { storedInput } from "../registry/stored-calls.ts";
import type { Tool } from "../tool/define-tool.ts";
import { ToolBusyError, ToolInputError, ToolNotFoundError } from "../tool/tool-errors.ts";
import { coveredTools } from "./covered-tools.ts";
import { processOf } from "./process-of.ts";
import { runTool } from "./run-tool.ts";

const MAX_CALLS = 1024;

/** What is asked of the kernel to run tools. */
export interface ToolCallPorts {
  readonly tools: ReadonlyMap<string, Tool>;
  readonly guard: Pick<Guard, "perform">;
  readonly processes: Pick<ProcessDirectory, "find">;
  /** Aborts when the kernel stops. */
  readonly signal: AbortSignal;
}

/** The runner of one kernel. */
export class ToolCalls implements ToolRunner {
  readonly #ports: ToolCallPorts;
  readonly #schemas: Map<string, Promise<JsonValue>> = new Map();
  #running = 0;

  constructor(ports: ToolCallPorts) {
    this.#ports = ports;
  }

  async call(as: Subject, name: string, input: JsonValue, options: ToolCallOptions = {}): Promise<JsonValue> {
    const tool = this.#ports.tools.get(name);
    if (tool === undefined) {
      const shown = String(name).slice(0, 128);
      throw new ToolNotFoundError(`no tool is named ${JSON.stringify(shown)}`, { details: { tool: shown } });
    }
    if (!isSubject(as)) throw ToolInputError.of(tool.name, "as", "a subject: who calls", "another value");
    if (this.#running >= MAX_CALLS) {
      const details = { tool: name, limit: MAX_CALLS };
      throw new ToolBusyError(`${MAX_CALLS} tool calls run or wait already`, { details, retryable: true });
    }
    this.#running++;
    try {
      return await this.#perform(as, tool, input, options);
    } finally {
      this.#running--;
    }
  }

  async list(as: Subject): Promise<readonly ToolInfo[]> {
    return await Promise.all(this.#covered(as).map((tool) => this.#describe(tool)));
  }

  /** Describes one tool, whoever may call it. */
  async find(name: string): Promise<ToolInfo | undefined> {
    const tool = this.#ports.tools.get(name);
    return tool === undefined ? undefined : await this.#describe(tool);
  }

  async #perform(as: Subject, tool: Tool, input: JsonValue, options: ToolCallOptions): Promise<JsonValue> {
    const given = parse(tool.input, copyOf(tool.name, input), {
      what: `the input of ${tool.name}`,
      error: ({ message, issues }) => new ToolInputError(message, { details: { tool: tool.name, issues } }),
    }) as never;
    const signal =
      options.signal === undefined ? this.#ports.signal : AbortSignal.any([options.signal, this.#ports.signal]);
    signal.throwIfAborted();
    const context = { subject: as, signal };
    const settled = (await runTool(tool.name, signal, () => tool.settle(given, context))) as never;
    const { action } = tool;
    const agent = processOf(this.#ports.processes, as)?.name;
    const call = {
      action: action.declaration.name,
      subject: as,
      resource: action.resource(settled),
      attributes: { ...(await action.attributes(settled)), tool: tool.name },
      actor: agent === undefined ? undefined : { agent },
      display: action.display(settled),
      storedInput: storedInput(tool, settled),
      approval: options.approval,
      onDefer: options.onDefer,
      standing: options.standing,
      onWarnings: options.onWarnings,
      signal,
      summary: action.summary,
    };
    return await this.#ports.guard.perform(call, () => runTool(tool.name, signal, () => action.run(settled, context)));
  }

  #covered(as: Subject): readonly Tool[] {
    const all = [...this.#ports.tools.values()];
    if (as.kind === "kernel" || as.kind === "principal") return all;
    const process = processOf(this.#ports.processes, as);
    return process === undefined ? [] : coveredTools(all, process.capabilities);
  }

  async #describe({ name, description, input, action }: Tool): Promise<ToolInfo> {
    let inputSchema = this.#schemas.get(name);
    if (inputSchema === undefined) {
      inputSchema = toJsonSchema(input);
      this.#schemas.set(name, inputSchema);
    }
    return { name, description, inputSchema: await inputSchema, action: action.declaration.name };
  }
}

/** Hosts in plain JavaScript may give anything. */
function isSubject(as: unknown): as is Subject {
  return typeof as === "object" && as !== null && "kind" in as && "id" in as && typeof as.id === "string";
}

/** What is decided on is what runs: a caller that keeps its input may change it while a person is asked. */
function copyOf(tool: string, input: JsonValue): JsonValue {
  try {
    return structuredClone(input);
  } catch {
    throw ToolInputError.of(tool, "input", "JSON", "a value that cannot be copied");
  }
}
