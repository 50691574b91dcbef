/** What every `Gate` keeps to. */
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

/** Declares the suite for one implementation of `Gate`. */
export function gateContract(name: string, implementation: { create(): Promise<GateCase> }): void {
  describe(`${name} keeps the contract of Gate`, () => {
    let subject: GateCase;
    const asked = (question: GateQuestion): Decision =>
      subject.gate.decide(frozen(question.request), frozen(question.declaration));
    beforeEach(async () => {
      subject = await implementation.create();
    });
    afterEach(() => subject.dispose());

    it("has a name and a whole version", () => {
      expect(subject.gate.name).not.toBe("");
      expect(Number.isSafeInteger(subject.gate.version)).toBe(true);
    });

    it.each(["permit", "defer", "deny"] as const)("gives a whole %s, twice the same", (verdict) => {
      const question = subject.questions[verdict];
      if (question === undefined) return; // a gate need not know every verdict
      const decision = asked(question);
      expect(decision.verdict).toBe(verdict);
      expect(decision.reason).not.toBe("");
      expect(decision.policy).toMatch(/^([0-9a-f]{2})*$/);
      expect(Array.isArray(decision.rules)).toBe(true);
      if (decision.verdict === "permit") expect(decision.cacheable).toBeTypeOf("boolean");
      if (decision.verdict === "deny") expect(["capability", "rule", "threshold", "default"]).toContain(decision.by);
      if (decision.verdict === "defer") {
        expect(decision.quorum).toBeGreaterThanOrEqual(1);
        expect(decision.expiresMs).toBeGreaterThan(0);
      }
      expect(asked(question)).toEqual(decision);
    });

    it("has a question for at least one verdict", () => {
      expect(Object.keys(subject.questions)).not.toHaveLength(0);
    });

    it.each([Number.NaN, Number.POSITIVE_INFINITY, -1])("does not permit an effect of %d", (risk) => {
      const question = { request: request({ kind: "process", id: "7" }), declaration: declare({ risk }) };
      expect(verdictOf(() => asked(question))).toBe("deny");
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
