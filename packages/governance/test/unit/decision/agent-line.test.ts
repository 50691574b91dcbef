// Rules about agents, and the children under other names by which they could be left.
import { describe, expect, it } from "vitest";
import type { KnownProcess } from "../../../src/decision/facts.ts";
import type { Facts, RuleInput } from "../../../src/index.ts";
import { ask, facts as lone, rights, rule } from "./subject-of-tests.ts";

const family: Record<string, KnownProcess> = {
  "1": { name: "evil", parent: 0, capabilities: rights },
  "2": { name: "helper", parent: 1, capabilities: rights },
  "3": { name: "harmless", parent: 2, capabilities: rights },
  "4": { name: "other", capabilities: rights },
  "5": { name: "orphan", parent: 99, capabilities: rights },
  "6": { name: "circle", parent: 6, capabilities: rights },
};
const facts: Facts = { ...lone, process: (id) => family[id] };

function decide(id: string, outcome: RuleInput["outcome"], agents: [string, ...string[]] = ["evil"], risk = 0): string {
  const subject = { kind: "process", id } as const;
  const severity = outcome.kind === "warn" ? "warning" : "blocking";
  const rules = [rule("R", { condition: { subjects: { agents } }, outcome, severity })];
  const decision = ask({ action: "fs.remove", effect: { risk }, subject, rules, facts });
  const { verdict } = decision;
  if (verdict === "permit") return decision.warnings.length > 0 ? "warn" : verdict;
  return decision.verdict === "deny" && decision.by === "default" ? "unknown" : verdict;
}

describe("a rule about an agent", () => {
  it.each<[string, string, string, string, string]>([
    // who, and what a deny, a defer, a warn and a permit of "evil" make of it
    ["the agent itself", "1", "deny", "defer", "warn"],
    ["its child, under another name", "2", "deny", "defer", "warn"],
    ["the child of its child", "3", "deny", "defer", "warn"],
    ["an agent of another tree", "4", "permit", "permit", "permit"],
    ["an agent below nobody knows whom", "5", "unknown", "unknown", "unknown"],
    ["an agent that is above itself", "6", "unknown", "unknown", "unknown"],
  ])("reaches, where it restricts, %s", (_who, id, deny, defer, warn) => {
    expect(decide(id, { kind: "deny" })).toBe(deny);
    expect(decide(id, { kind: "defer" })).toBe(defer);
    expect(decide(id, { kind: "warn" })).toBe(warn);
  });

  it.each([
    ["1", "permit"],
    ["2", "deny"],
    ["3", "deny"],
    ["4", "deny"],
    ["5", "deny"],
  ])("lifts the threshold for nobody but those whom it names: %s", (id, verdict) => {
    expect(decide(id, { kind: "permit" }, ["evil"], 0.95)).toBe(verdict);
  });

  it("does not ask who is above where the agent itself is meant", () => {
    expect(decide("5", { kind: "deny" }, ["orph*"])).toBe("deny");
    expect(decide("5", { kind: "permit" }, ["orph*"], 0.95)).toBe("permit");
  });
});
