/** The declarations of recorded decisions. Those that are alike are one object: an engine plans for it once. */
import type { ActionDeclaration } from "@weftos/interface";
import { declarationOf, type RecordedDecision } from "./recorded-decision.ts";

/** Kept at the most; then it begins anew. */
const MAX_KEPT = 4096;

export class DeclarationsOfThen {
  readonly #kept = new Map<string, ActionDeclaration>();

  of(recorded: RecordedDecision, accumulates: boolean): ActionDeclaration {
    const key = JSON.stringify([recorded.request.action, accumulates, recorded.effect]);
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    const declaration = declarationOf(recorded, accumulates);
    this.#kept.set(key, declaration);
    return declaration;
  }
}
