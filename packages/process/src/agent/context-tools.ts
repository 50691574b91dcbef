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
  readonly #held: (signal: AbortSignal | undefined) => Promise<void> | undefined;

  /** @param held - what a call waits for; undefined when it need not wait */
  constructor(
    runner: () => ToolRunner,
    subject: Subject,
    enter: () => ToolUser,
    held: (signal: AbortSignal | undefined) => Promise<void> | undefined,
  ) {
    this.#runner = runner;
    this.#subject = subject;
    this.#enter = enter;
    this.#held = held;
  }

  async call(name: string, input: JsonValue, options?: ToolCallOptions): Promise<JsonValue> {
    const user = this.#enter();
    const hold = this.#held(options?.signal);
    if (hold !== undefined) await hold;
    await user.chargeTool();
    return await this.#runner().call(this.#subject, name, input, options);
  }

  async list(): Promise<readonly ToolInfo[]> {
    this.#enter();
    return await this.#runner().list(this.#subject);
  }
}
