/** All actions that this kernel knows, checked when they are declared: an action without a whole effect is refused. */
import { type ActionCatalogue, type ActionDeclaration, WeftError } from "@weftos/interface";

/** The most actions of one kernel. */
export const MAX_ACTIONS = 10_000;

const NAME = /^[a-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)+$/;
const DIMENSIONS = ["risk", "fairness", "privacy", "novelty", "security"] as const;
const AUDIT = new Set(["durable", "logged", "digest", "none"]);
const RIGHTS = new Set(["spawn", "ipc", "tool", "network", "files.read", "files.write", "operator"]);
const ROLES = new Set(["viewer", "operator", "approver", "admin"]);

/** Raised when a declaration of an action is not whole: its name, effect, audit level or role. */
export class ActionInvalidError extends WeftError<{ readonly action: string; readonly declaredBy: string }> {
  override readonly code = "KERNEL_ACTION_INVALID";
}

/** Raised when two features, or a feature and the host, declare one action, or one leaves the events of the other. */
export class ActionConflictError extends WeftError<{
  readonly action: string;
  readonly declaredBy: readonly string[];
}> {
  override readonly code = "KERNEL_ACTION_CONFLICT";
}

interface Entry {
  readonly declaration: ActionDeclaration;
  readonly declaredBy: string;
}

export class Catalogue implements ActionCatalogue {
  readonly #entries = new Map<string, Entry>();
  readonly #kinds: ReadonlyMap<string, string>;

  /** @param kinds - kinds of events that somebody records, and who: nobody else's action may leave them */
  constructor(kinds: ReadonlyMap<string, string> = new Map()) {
    this.#kinds = kinds;
  }

  find(name: string): ActionDeclaration | undefined {
    return this.#entries.get(name)?.declaration;
  }

  list(): readonly ActionDeclaration[] {
    return [...this.#entries.values()].map((entry) => entry.declaration);
  }

  /** @throws `KERNEL_ACTION_INVALID`, `KERNEL_ACTION_CONFLICT` */
  declare(declaredBy: string, declaration: ActionDeclaration): void {
    const wrong = faultOf(declaration);
    const { name } = declaration;
    if (wrong !== undefined) {
      throw new ActionInvalidError(`${declaredBy} declares the action ${JSON.stringify(name)}: ${wrong}`, {
        details: { action: String(name), declaredBy },
      });
    }
    const known = this.#entries.get(name);
    // A host may declare the same again, with newer code: the same tools wrapped for one agent after the other.
    const again = known?.declaredBy === "host" && declaredBy === "host" && sameTerms(known.declaration, declaration);
    if (known !== undefined && !again) {
      const both = [known.declaredBy, declaredBy];
      throw new ActionConflictError(`the action ${name} is declared twice: by ${both.join(" and ")}`, {
        details: { action: name, declaredBy: both },
      });
    }
    const kind = declaration.event ?? name;
    const owner = this.#kinds.get(kind);
    if (owner !== undefined && owner !== declaredBy) {
      throw new ActionConflictError(`the action ${name} would leave events ${kind}, which are those of ${owner}`, {
        details: { action: name, declaredBy: [owner, declaredBy] },
      });
    }
    if (known === undefined && this.#entries.size >= MAX_ACTIONS) {
      throw new ActionInvalidError(`expected at most ${MAX_ACTIONS} actions, got ${name} besides`, {
        details: { action: name, declaredBy },
      });
    }
    this.#entries.set(name, { declaration, declaredBy });
  }
}

/** Tells whether two declarations say the same but for the description. */
export function sameTerms(a: ActionDeclaration, b: ActionDeclaration): boolean {
  return a === b || termsOf(a) === termsOf(b);
}

function termsOf({ name, effect, audit, rights, role, event, accumulates }: ActionDeclaration): string {
  return JSON.stringify([name, Object.entries(effect).sort(), audit, rights, role, event, accumulates === true]);
}

function faultOf(declaration: ActionDeclaration): string | undefined {
  const { name, effect, audit, role, rights, event, accumulates } = declaration;
  if (typeof name !== "string" || name.length > 128 || !NAME.test(name)) {
    return "expected a name `noun.verb` of at most 128 characters";
  }
  if (typeof effect !== "object" || effect === null) return "expected an effect, got none";
  for (const dimension of DIMENSIONS) if (!(dimension in effect)) return `expected the effect to say ${dimension}`;
  for (const [dimension, value] of Object.entries(effect)) {
    if (typeof value !== "number" || !(value >= 0 && value <= 1)) {
      return `expected the effect's ${dimension} to be a number from 0 to 1`;
    }
  }
  if (!AUDIT.has(audit)) return "expected an audit level: durable, logged, digest or none";
  if (!ROLES.has(role)) return "expected a role: viewer, operator, approver or admin";
  if (!Array.isArray(rights) || !rights.every((right) => RIGHTS.has(right))) {
    return `expected a list of rights out of ${[...RIGHTS].join(", ")}`;
  }
  if (accumulates !== undefined && typeof accumulates !== "boolean") return "expected accumulates to be true or false";
  if (event !== undefined && (typeof event !== "string" || event.length > 128 || !NAME.test(event))) {
    return "expected an event `noun.verb` of at most 128 characters, or none";
  }
  return undefined;
}
