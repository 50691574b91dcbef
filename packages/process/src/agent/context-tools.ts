/** The tools as one start of an agent calls them: counted, and charged where something bounds the calls. */
import type { AgentTools, JsonValue, Subject, ToolCallOptions, ToolInfo, ToolRunner } from "@weftos/interface";

/** Whose calls these are. */
interface ToolUser {
  /** Counts a call, and charges it where something bounds them. */
  chargeTool(): Promise<void> | undefined;
}

export class ContextTools implements AgentTools {
  readonly #runner: () => ToolRunner;
  readonly #subject: Subject;
  readonly #enter: () => ToolUser;

  constructor(runner: () => ToolRunner, subject: Subject, enter: () => ToolUser) {
    this.#runner = runner;
    this.#subject = subject;
    this.#enter = enter;
  }

  async call(name: string, input: JsonValue, options?: ToolCallOptions): Promise<JsonValue> {
    await this.#enter().chargeTool();
    return await this.#runner().call(this.#subject, name, input, options);
  }

  async list(): Promise<readonly ToolInfo[]> {
    this.#enter();
    return await this.#runner().list(this.#subject);
  }
}
