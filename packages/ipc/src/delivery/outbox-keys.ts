/** The duplicate filter of reliable delivery: which message was given which key, the newest 10 000, of messages that are done too. */
import type { Pid } from "@weftos/interface";

const MAX_KEYS = 10_000;

/** Makes the name of a key: each sender has its own. */
export function keyName(sender: Pid, key: string): string {
  return `${sender} ${key}`;
}

export class OutboxKeys {
  /** Name → id of the message it was given to, the oldest first. */
  readonly #ids = new Map<string, string>();

  /** Gives the id of the message that has a key. */
  find(name: string): string | undefined {
    return this.#ids.get(name);
  }

  remember(name: string, id: string): void {
    this.#ids.set(name, id);
    for (const oldest of this.#ids.keys()) {
      if (this.#ids.size <= MAX_KEYS) return;
      this.#ids.delete(oldest);
    }
  }

  forget(name: string): void {
    this.#ids.delete(name);
  }

  /** Gives the keys of a process that starts again to its next start. @returns the ids with their new names */
  move(from: Pid, to: Pid): readonly { readonly id: string; readonly name: string }[] {
    const start = keyName(from, "");
    const old = [...this.#ids].filter(([name]) => name.startsWith(start));
    return old.map(([name, id]) => {
      const moved = keyName(to, name.slice(start.length));
      this.#ids.delete(name);
      this.#ids.set(moved, id);
      return { id, name: moved };
    });
  }

  /** All names with their ids, oldest first. */
  all(): IterableIterator<[string, string]> {
    return this.#ids.entries();
  }
}
