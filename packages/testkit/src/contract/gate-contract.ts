/**
 * What every `Gate` keeps to: it gives whole decisions, twice the same, out of what it is asked alone, and never permits what
 * it does not know. Every gate there is or will be runs this suite, also one made of several.
 */
import type { ActionDeclaration, ActionRequest, Decision, Gate } from "@weftos/interface";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { declare, frozen, request } from "./action-requests.ts";

/** A request with the declaration of its action. */
export interface GateQuestion {
  readonly request: ActionRequest;
  readonly declaration: ActionDeclaration;
}

/** A gate under test, with one question for each verdict it can give. */
export interface GateCase {
  readonly gate: Gate;
  readonly questions: Readonly<Partial<Record<Decision["verdict"], GateQuestion>>>;
  dispose(): Promise<void>;
}

const DIMENSIONS = ["risk", "fairness", "privacy", "novelty", "security"] as const;

/** Declares the suite for one implementation of `Gate`. */
export function gateContract(name: string, implementation: { create(): Promise<GateCase> }): void {
  describe(`${name} keeps the contract of Gate`, () => {
    let subject: GateCase;
    const asked = (question: GateQuestion): Decision =>
      subject.gate.decide(frozen(question.request), frozen(question.declaration));
    /** Asks what a gate permits, with something of it changed. */
    const changed = (change: { request?: unknown; declaration?: unknown }): Decision["verdict"] => {
      const { request, declaration } = subject.questions.permit ?? { request: undefined, declaration: undefined };
      const question = { request, declaration, ...change } as GateQuestion;
      return verdictOf(() => subject.gate.decide(question.request, question.declaration));
    };
    beforeEach(async () => {
      subject = await implementation.create();
    });
    afterEach(() => subject.dispose());

    it("has a name and a whole version, which asking does not change", () => {
      const { version } = subject.gate;
      expect(subject.gate.name).not.toBe("");
      expect(Number.isSafeInteger(version)).toBe(true);
      for (const question of Object.values(subject.questions)) asked(question);
      expect(subject.gate.version).toBe(version);
    });

    it.each(["permit", "defer", "deny"] as const)("gives a whole %s, twice the same", (verdict) => {
      const question = subject.questions[verdict];
      if (question === undefined) return; // a gate need not know every verdict
      const decision = asked(question);
      expect(decision.verdict).toBe(verdict);
      expect(decision.reason).not.toBe("");
      expect(decision.policy).toMatch(/^([0-9a-f]{2})*$/);
      for (const rule of decision.rules) expect(rule.id).not.toBe("");
      if (decision.verdict === "permit") {
        expect(decision.cacheable).toBeTypeOf("boolean");
        for (const warning of decision.warnings) expect(warning).not.toBe("");
      }
      if (decision.verdict === "deny") {
        expect(["capability", "rule", "threshold", "default"]).toContain(decision.by);
        expect(decision.suspend).toBeTypeOf("boolean");
      }
      if (decision.verdict === "defer") {
        expect(decision.quorum).toBeGreaterThanOrEqual(1);
        expect(decision.expiresMs).toBeGreaterThan(0);
        expect(["viewer", "operator", "approver", "admin"]).toContain(decision.to);
      }
      expect(asked(question)).toEqual(decision);
    });

    it("has a question that it permits, and one that it denies", () => {
      expect(Object.keys(subject.questions)).toEqual(expect.arrayContaining(["permit", "deny"]));
    });

    it.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 1.01])("does not permit an effect of %d", (risk) => {
      const question = { request: request({ kind: "process", id: "7" }), declaration: declare({ risk }) };
      expect(verdictOf(() => asked(question))).toBe("deny");
      const declaration = subject.questions.permit?.declaration;
      const effect = { ...declaration?.effect, risk };
      expect(changed({ declaration: { ...declaration, effect } })).toBe("deny");
    });

    it.each(DIMENSIONS)("does not permit an effect that says nothing of its %s", (dimension) => {
      const { declaration } = subject.questions.permit as GateQuestion;
      const { [dimension]: _gone, ...effect } = declaration.effect;
      expect(changed({ declaration: { ...declaration, effect } })).toBe("deny");
    });

    it("does not permit what nobody declared, nor under the declaration of another action", () => {
      const { declaration } = subject.questions.permit as GateQuestion;
      expect(changed({ declaration: undefined })).toBe("deny");
      expect(changed({ declaration: { ...declaration, effect: undefined } })).toBe("deny");
      expect(changed({ declaration: { ...declaration, name: "contract.other" } })).toBe("deny");
    });

    it("does not permit a request of nobody, nor none at all", () => {
      const { request } = subject.questions.permit as GateQuestion;
      expect(changed({ request: { ...request, subject: undefined } })).toBe("deny");
      expect(changed({ request: undefined })).toBe("deny");
    });

    it("takes what was admitted without a change to what it denies", () => {
      const { permit, deny } = subject.questions;
      if (permit !== undefined) subject.gate.admitted?.(frozen(permit.request), frozen(permit.declaration));
      expect(asked(deny as GateQuestion).verdict).toBe("deny");
    });
  });
}

/** The guard takes a gate that throws for a deny. */
function verdictOf(decide: () => Decision): Decision["verdict"] {
  try {
    return decide().verdict;
  } catch {
    return "deny";
  }
}
