/** The state of one start of an agent: the same as its agent's, as long as this start lives. */
import type { AgentState, JsonValue } from "@weftos/interface";

export class ContextState implements AgentState {
  readonly #state: AgentState;
  readonly #enter: () => void;

  constructor(state: AgentState, enter: () => void) {
    this.#state = state;
    this.#enter = enter;
  }

  async get(key: string): Promise<JsonValue | undefined> {
    this.#enter();
    return await this.#state.get(key);
  }

  async set(key: string, value: JsonValue): Promise<void> {
    this.#enter();
    await this.#state.set(key, value);
  }

  async remove(key: string): Promise<boolean> {
    this.#enter();
    return await this.#state.remove(key);
  }

  async keys(): Promise<readonly string[]> {
    this.#enter();
    return await this.#state.keys();
  }
}
