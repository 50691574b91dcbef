/**
 * Remembers permits that hold for every request of a subject and action while the gates' versions stand. Bounded: the
 * subject that came first is dropped when the bound is reached.
 */
import type { Permit, Subject } from "@weftos/interface";

/** The most permits that are remembered. */
export const MAX_CACHED_PERMITS = 10_000;

/** The subjects that act again and again are few at a time: for them one look is enough. As many as a power of two. */
const SLOTS = 32;

type BySubject = Map<string, Map<string, Permit>>;

/** A permit that was found lately. Written over in place: this is asked for every message. */
interface Slot {
  kind: Subject["kind"] | undefined;
  id: string;
  role: Subject["role"];
  action: string;
  permit: Permit | undefined;
}

export class DecisionCache {
  readonly #limit: number;
  readonly #kinds: Readonly<Record<Subject["kind"], BySubject>> = {
    kernel: new Map(),
    process: new Map(),
    principal: new Map(),
    node: new Map(),
  };
  readonly #slots: readonly Slot[] = Array.from({ length: SLOTS }, emptySlot);
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
    const { kind, id, role } = subject;
    const slot = this.#slotOf(id, action);
    // Compared by value: who asks may use one object for one subject after the other.
    if (slot.id === id && slot.action === action && slot.kind === kind && slot.role === role) return slot.permit;
    const permit = this.#kinds[kind].get(keyOf(subject))?.get(action);
    if (permit !== undefined) {
      slot.kind = kind;
      slot.id = id;
      slot.role = role;
      slot.action = action;
      slot.permit = permit;
    }
    return permit;
  }

  /** Remembers a permit made under the version last asked for. */
  remember(subject: Subject, action: string, permit: Permit): void {
    if (this.#size >= this.#limit) this.#dropOldest(subject.kind);
    empty(this.#slotOf(subject.id, action));
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

  /** Forgets all permits of a subject in its role. */
  forget(subject: Subject): void {
    for (const slot of this.#slots) if (slot.id === subject.id) empty(slot);
    const subjects = this.#kinds[subject.kind];
    const key = keyOf(subject);
    this.#size -= subjects.get(key)?.size ?? 0;
    subjects.delete(key);
  }

  clear(): void {
    for (const subjects of Object.values(this.#kinds)) subjects.clear();
    this.#clearSlots();
    this.#size = 0;
  }

  #slotOf(id: string, action: string): Slot {
    return this.#slots[(id.charCodeAt(id.length - 1) + action.length) & (SLOTS - 1)] as Slot;
  }

  #clearSlots(): void {
    for (const slot of this.#slots) empty(slot);
  }

  #dropOldest(kind: Subject["kind"]): void {
    this.#clearSlots();
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

function emptySlot(): Slot {
  return { kind: undefined, id: "", role: undefined, action: "", permit: undefined };
}

/** No action has an empty name. */
function empty(slot: Slot): void {
  slot.action = "";
  slot.permit = undefined;
}

// A principal may come with one role today and with another tomorrow.
function keyOf(subject: Subject): string {
  return subject.role === undefined ? subject.id : `${subject.id}\0${subject.role}`;
}
