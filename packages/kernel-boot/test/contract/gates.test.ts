import type { ActionDeclaration, ActionRequest, Gate } from "@weftos/interface";
import { gateContract } from "@weftos/testkit/contract";
import { describe, expect, it } from "vitest";
import { capabilityGate, compositeGate } from "../../src/index.ts";
import { defer, deny, gateOf, permit } from "../fake-features.ts";

const logger = { error: () => undefined };
const declaration: ActionDeclaration = {
  name: "contract.act",
  description: "",
  effect: { risk: 0, fairness: 0, privacy: 0, novelty: 0, security: 0 },
  audit: "logged",
  rights: ["tool"],
  role: "operator",
};
const asked = (id: string): { request: ActionRequest; declaration: ActionDeclaration } => ({
  request: { action: "contract.act", subject: { kind: "process", id }, resource: "contract:1", attributes: {} },
  declaration,
});
const rights = capabilityGate({ check: ({ subject }) => (subject.id === "1" ? undefined : "no such right") });
/** Permits process 1, asks about 2, denies the rest. */
const rules: Gate = gateOf(({ subject }) => ({
  ...(subject.id === "1" ? permit() : subject.id === "2" ? defer() : deny()),
  policy: "00ff",
}));
const wide = capabilityGate({ check: ({ subject }) => (subject.id === "4" ? "no such right" : undefined) });

gateContract("the gate of capabilities", {
  create: async () => ({
    gate: rights,
    questions: { permit: asked("1"), deny: asked("2") },
    dispose: async () => undefined,
  }),
});

gateContract("several gates as one", {
  create: async () => ({
    gate: compositeGate([wide, rules], logger),
    questions: { permit: asked("1"), defer: asked("2"), deny: asked("4") },
    dispose: async () => undefined,
  }),
});

describe("several gates as one", () => {
  it("deny when any of them denies, in any order, and when there is none", () => {
    for (const gates of [
      [wide, rules],
      [rules, wide],
    ]) {
      const gate = compositeGate(gates, logger);
      const { request } = asked("3");
      expect(gate.decide(request, declaration).verdict).toBe("deny");
      expect(gate.decide(asked("4").request, declaration)).toMatchObject({ verdict: "deny" });
    }
    expect(compositeGate([], logger).decide(asked("1").request, declaration)).toMatchObject({ by: "default" });
  });

  it("are told, each of them, what was admitted, and grow with the version of each", () => {
    const told: string[] = [];
    const admitted: Gate["admitted"] = ({ action }) => {
      told.push(action);
      return () => void told.pop();
    };
    const accounts: Gate = { ...rules, name: "accounts", version: 3, admitted };
    const gate = compositeGate([wide, accounts], logger);
    const takeBack = gate.admitted?.(asked("1").request, declaration);
    expect({ told, version: gate.version, name: gate.name }).toEqual({
      told: ["contract.act"],
      version: 3,
      name: "capability and accounts",
    });
    takeBack?.();
    expect(told).toEqual([]);
    expect(compositeGate([wide], logger).admitted?.(asked("1").request, declaration)).toBeUndefined();
  });
});
