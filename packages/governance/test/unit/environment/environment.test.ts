import { describe, expect, it } from "vitest";
import { findEnvironment, laxerParts } from "../../../src/environment/environment.ts";
import { ENVIRONMENTS, type Environment } from "../../../src/index.ts";
import { createDouble } from "../../kernel-double.ts";

describe("environments", () => {
  it("are development 0.9, staging 0.6 and production 0.3, where a person is asked", () => {
    expect(
      Object.values(ENVIRONMENTS).map((one) => [one.name, one.threshold, one.humanApproval, one.maxMagnitude]),
    ).toEqual([
      ["development", 0.9, false, 2],
      ["staging", 0.6, false, 1],
      ["production", 0.3, true, 0.5],
    ]);
  });

  it("are found by name, with configured numbers over the built-in ones", () => {
    expect(findEnvironment("production", {})).toEqual(ENVIRONMENTS.production);
    expect(findEnvironment("production", { production: { threshold: 0.2 } })).toEqual({
      ...ENVIRONMENTS.production,
      threshold: 0.2,
    });
  });

  it.each<[string, Partial<Environment>, readonly string[]]>([
    ["nothing", {}, []],
    ["a higher threshold", { threshold: 0.61 }, ["threshold"]],
    ["a lower one", { threshold: 0.59 }, []],
    ["a higher most", { maxMagnitude: 1.01 }, ["maxMagnitude"]],
    ["a lesser record", { auditLevel: "none" }, ["auditLevel"]],
    ["a better one", { auditLevel: "durable" }, []],
    ["a question where the floor denies", { humanApproval: true }, ["humanApproval"]],
    ["a question about what passes there unasked", { humanApproval: true, threshold: 0.3 }, []],
    ["a branch that is not asked", { activeBranches: ["executive", "judicial"] }, ["activeBranches"]],
    ["all of it", ENVIRONMENTS.development, ["threshold", "maxMagnitude", "auditLevel"]],
  ])("are laxer than staging by %s in %j: %j", (_what, change, parts) => {
    expect(laxerParts({ ...ENVIRONMENTS.staging, ...change }, ENVIRONMENTS.staging)).toEqual(parts);
  });

  it("name each branch once, at least one, and no other", () => {
    const add = (activeBranches: readonly string[]) => () =>
      createDouble({ config: { environments: { lab: { activeBranches } } } });
    expect(add(["executive", "judicial"])).not.toThrow();
    for (const wrong of [["executive", "executive"], [], ["royal"]])
      expect(add(wrong)).toThrow(expect.objectContaining({ code: "GOVERNANCE_POLICY_INVALID" }));
  });

  it("that are custom start from staging", () => {
    expect(findEnvironment("lab", { lab: { humanApproval: true, auditLevel: "durable" } })).toEqual({
      name: "lab",
      activeBranches: ["legislative", "executive", "judicial"],
      threshold: 0.6,
      humanApproval: true,
      auditLevel: "durable",
      maxMagnitude: 1,
    });
  });

  it.each(["lab", "", "toString", "__proto__"])("that nobody configured are refused: %j", (name) => {
    expect(() => findEnvironment(name, {})).toThrow(
      expect.objectContaining({ code: "GOVERNANCE_ENVIRONMENT_UNKNOWN" }),
    );
  });
});
