import { fc, test as property } from "@fast-check/vitest";
import type { AnyPort } from "@weftos/interface";
import { describe, expect, test } from "vitest";
import { type GraphNode, planFeatures } from "../../../src/graph/feature-graph.ts";

const one = (name: string): AnyPort => ({ name, arity: "one" });
const many = (name: string): AnyPort => ({ name, arity: "many" });
const node = (name: string, provides: readonly AnyPort[], needs: readonly AnyPort[] = []): GraphNode => ({
  name,
  provides,
  needs,
});
const plan = (nodes: readonly GraphNode[]) => planFeatures(nodes, new Set(["BuiltIn"]), new Set(["AuditLog"]));

/** Random features: each provides a port of its own and needs ports of earlier ones, then they are shuffled. */
const dags = fc.integer({ min: 1, max: 12 }).chain((count) =>
  fc
    .tuple(
      fc.array(fc.array(fc.nat(count - 1), { maxLength: 4 }), { minLength: count, maxLength: count }),
      fc.shuffledSubarray([...Array(count).keys()], { minLength: count, maxLength: count }),
    )
    .map(([edges, order]) =>
      order.map((at) =>
        node(
          `f${at}`,
          [one(`P${at}`)],
          (edges[at] ?? []).filter((to) => to < at).map((to) => one(`P${to}`)),
        ),
      ),
    ),
);

describe("planFeatures", () => {
  property.prop([dags])("places every feature once, after all that it needs", (nodes) => {
    const { order, after } = plan(nodes);
    expect(order.map((n) => n.name).sort()).toEqual(nodes.map((n) => n.name).sort());
    const placed = new Set<string>();
    for (const { name, needs } of order) {
      for (const need of needs) expect(placed).toContain(`f${need.name.slice(1)}`);
      expect([...(after.get(name) ?? [])].every((before) => placed.has(before))).toBe(true);
      placed.add(name);
    }
  });

  test("keeps the given order among features that need nothing of each other", () => {
    expect(plan([node("b", []), node("a", []), node("c", [])]).order.map((n) => n.name)).toEqual(["b", "a", "c"]);
  });

  test("starts a feature after all providers of a many-port that it needs", () => {
    const { order } = plan([node("user", [], [many("M")]), node("a", [many("M")]), node("b", [many("M")])]);
    expect(order.map((n) => n.name)).toEqual(["a", "b", "user"]);
  });

  test("names the port and all who need it when nobody provides it", () => {
    expect(() => plan([node("a", [], [one("Gone")]), node("b", [], [one("Gone")])])).toThrow(
      expect.objectContaining({ code: "PORT_GAP", details: { port: "Gone", neededBy: ["a", "b"] } }),
    );
  });

  test("finds no gap in a many-port without providers, a port of the kernel, or one with a fallback", () => {
    const nodes = [node("a", [], [many("M"), one("BuiltIn"), one("AuditLog")])];
    expect(plan(nodes).order).toHaveLength(1);
  });

  test("walks a cycle of needs from its first feature back to it", () => {
    const nodes = [node("x", [], [one("A")]), node("a", [one("A")], [one("B")]), node("b", [one("B")], [one("A")])];
    expect(() => plan(nodes)).toThrow(
      expect.objectContaining({ code: "PORT_CYCLE", details: { features: ["a", "b", "a"], ports: ["B", "A"] } }),
    );
  });

  test("a feature that needs its own single port is a cycle of one", () => {
    expect(() => plan([node("a", [one("A")], [one("A")])])).toThrow(
      expect.objectContaining({ code: "PORT_CYCLE", details: { features: ["a", "a"], ports: ["A"] } }),
    );
  });

  test("refuses a second provider of a single port and names both", () => {
    expect(() => plan([node("a", [one("A")]), node("b", [one("A")])])).toThrow(
      expect.objectContaining({ code: "PORT_CONFLICT", details: { port: "A", features: ["a", "b"] } }),
    );
  });

  test("refuses a provider of a port that is the kernel's own", () => {
    expect(() => plan([node("a", [one("BuiltIn")])])).toThrow(
      expect.objectContaining({ code: "PORT_CONFLICT", details: { port: "BuiltIn", features: ["kernel", "a"] } }),
    );
  });

  test("lets a feature replace a fallback, and two provide a many-port", () => {
    expect(plan([node("a", [one("AuditLog"), many("M")]), node("b", [many("M")])]).order).toHaveLength(2);
  });
});
