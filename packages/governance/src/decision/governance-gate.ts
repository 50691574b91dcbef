/** The gate that asks the policy in force. Its version grows when an earlier decision may no longer hold. */
import type { ActionDeclaration, ActionRequest, Decision, Gate } from "@weftos/interface";
import type { DecisionEngine } from "./decision-engine.ts";
import type { Facts } from "./facts.ts";

/** Books the effect of what was admitted. @returns what takes it back */
type Book = (request: ActionRequest, declaration: ActionDeclaration) => (() => void) | undefined;

/** A gate whose engine can be put in force later; before that it denies everything. */
export class GovernanceGate implements Gate {
  readonly name = "governance";
  readonly #facts: Facts;
  readonly #book: Book;
  #engine: DecisionEngine | undefined;
  #version = 0;

  constructor(facts: Facts, book: Book) {
    this.#facts = facts;
    this.#book = book;
  }

  get version(): number {
    return this.#version;
  }

  get engine(): DecisionEngine | undefined {
    return this.#engine;
  }

  /** Puts a policy in force. */
  enact(engine: DecisionEngine): void {
    this.#engine = engine;
    this.#version++;
  }

  decide(request: ActionRequest, declaration: ActionDeclaration | undefined): Decision {
    if (this.#engine === undefined) {
      return {
        verdict: "deny",
        by: "default",
        suspend: false,
        reason: "no policy is in force yet",
        rules: [],
        policy: "",
      };
    }
    return this.#engine.decide(request, declaration, this.#facts);
  }

  admitted(request: ActionRequest, declaration: ActionDeclaration): (() => void) | undefined {
    return this.#book(request, declaration);
  }
}
