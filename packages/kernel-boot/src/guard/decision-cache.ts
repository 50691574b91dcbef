/**
 * Remembers permits that hold for every request of a subject and action while the gates' versions stand. Bounded: the
 * subject that came first is dropped when the bound is reached.
 */
import type { Permit, Subject } from "@weftos/interface";

/** The most permits that are remembered. */
export const MAX_CACHED_PERMITS = 10_000;

type BySubject = Map<string, Map<string, Permit>>;

export class DecisionCache {
  readonly #limit: number;
  readonly #kinds: Readonly<Record<Subject["kind"], BySubject>> = {
    kernel: new Map(),
    process: new Map(),
    principal: new Map(),
    node: new Map(),
  };
  #version = 0;
  #size = 0;

  constructor(limit: number = MAX_CACHED_PERMITS) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#size;
  }

  /** Finds a permit made under this version; another version forgets them all. */
  find(subject: Subject, action: string, version: number): Permit | undefined {
    if (version !== this.#version) {
      this.clear();
      this.#version = version;
      return undefined;
    }
    return this.#kinds[subject.kind].get(keyOf(subject))?.get(action);
  }

  /** Remembers a permit made under the version last asked for. */
  remember(subject: Subject, action: string, permit: Permit): void {
    if (this.#size >= this.#limit) this.#dropOldest(subject.kind);
    const subjects = this.#kinds[subject.kind];
    const key = keyOf(subject);
    let actions = subjects.get(key);
    if (actions === undefined) {
      actions = new Map();
      subjects.set(key, actions);
    }
    if (!actions.has(action)) this.#size++;
    actions.set(action, permit);
  }

  clear(): void {
    for (const subjects of Object.values(this.#kinds)) subjects.clear();
    this.#size = 0;
  }

  #dropOldest(kind: Subject["kind"]): void {
    const subjects = this.#kinds[kind];
    for (const [id, actions] of subjects) {
      subjects.delete(id);
      this.#size -= actions.size;
      return;
    }
    // All room is taken by subjects of other kinds.
    this.clear();
  }
}

// A principal may come with one role today and with another tomorrow.
function keyOf(subject: Subject): string {
  return subject.role === undefined ? subject.id : `${subject.id}\0${subject.role}`;
}
