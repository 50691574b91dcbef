/** The state of one start of an agent: the same as its agent's, as long as this start lives. */
import type { AgentState, JsonValue } from "@weftos/interface";

export class ContextState implements AgentState {
  readonly #open: () => AgentState;
  readonly #enter: () => void;
  #state: AgentState | undefined;

  constructor(open: () => AgentState, enter: () => void) {
    this.#open = open;
    this.#enter = enter;
  }

  async get(key: string): Promise<JsonValue | undefined> {
    return await this.#entered().get(key);
  }

  async set(key: string, value: JsonValue): Promise<void> {
    await this.#entered().set(key, value);
  }

  async remove(key: string): Promise<boolean> {
    return await this.#entered().remove(key);
  }

  async keys(): Promise<readonly string[]> {
    return await this.#entered().keys();
  }

  #entered(): AgentState {
    this.#enter();
    this.#state ??= this.#open();
    return this.#state;
  }
}
