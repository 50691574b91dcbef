import type { ActionDeclaration } from "@weftos/interface";
import { describe, expect, test } from "vitest";
import { Catalogue } from "../../../src/guard/catalogue.ts";

const effect = { risk: 0, fairness: 0, privacy: 0, novelty: 0, security: 0 };
const action = (over: object = {}): ActionDeclaration =>
  ({
    name: "fs.read",
    description: "",
    effect,
    audit: "none",
    rights: [],
    role: "viewer",
    ...over,
  }) as ActionDeclaration;

describe("the catalogue", () => {
  test.each([
    ["a name without a dot", { name: "read" }],
    ["a name that is too long", { name: `a.${"b".repeat(128)}` }],
    ["no name", { name: 7 }],
    ["no effect", { effect: undefined }],
    ["an effect without a dimension", { effect: { ...effect, risk: undefined } }],
    ["an effect that says too little", { effect: { risk: 0.1 } }],
    ["an effect above 1", { effect: { ...effect, risk: 1.1 } }],
    ["an effect that is no number", { effect: { ...effect, harm: Number.NaN } }],
    ["an unknown audit level", { audit: "loud" }],
    ["an unknown role", { role: "root" }],
    ["an answer that is neither true nor false", { accumulates: "yes" }],
    ["no rights", { rights: undefined }],
    ["an unknown right", { rights: ["tool", "root"] }],
    ["an event that is no name", { event: "read" }],
    ["an event that is no text", { event: 7 }],
  ])("refuses %s", (_name, over) => {
    expect(() => new Catalogue().declare("x", action(over))).toThrow(
      expect.objectContaining({ code: "KERNEL_ACTION_INVALID" }),
    );
  });

  test("refuses a second declaration by another feature and names both", () => {
    const catalogue = new Catalogue();
    catalogue.declare("tools", action());
    expect(() => catalogue.declare("mine", action())).toThrow(
      expect.objectContaining({
        code: "KERNEL_ACTION_CONFLICT",
        details: { action: "fs.read", declaredBy: ["tools", "mine"] },
      }),
    );
  });

  test("lets the host declare the same again, but not with other terms", () => {
    const catalogue = new Catalogue();
    catalogue.declare("host", action());
    catalogue.declare("host", action({ description: "again" }));
    expect(catalogue.find("fs.read")?.description).toBe("again");
    expect(() => catalogue.declare("host", action({ effect: { ...effect, risk: 0.5 } }))).toThrow(
      expect.objectContaining({ code: "KERNEL_ACTION_CONFLICT" }),
    );
  });

  test("lets nobody leave events that another records", () => {
    const catalogue = new Catalogue(
      new Map([
        ["governance.deny", "kernel"],
        ["fs.read", "tools"],
      ]),
    );
    for (const over of [{ name: "governance.deny" }, { name: "x.y", event: "governance.deny" }, { event: undefined }]) {
      expect(() => catalogue.declare("host", action(over))).toThrow(
        expect.objectContaining({ code: "KERNEL_ACTION_CONFLICT" }),
      );
    }
    catalogue.declare("tools", action());
    expect(catalogue.list()).toHaveLength(1);
  });

  test("holds at most 10 000 actions", () => {
    const catalogue = new Catalogue();
    for (let i = 0; i < 10_000; i++) catalogue.declare("x", action({ name: `a.b${i}` }));
    expect(() => catalogue.declare("x", action())).toThrow(expect.objectContaining({ code: "KERNEL_ACTION_INVALID" }));
    expect(catalogue.list()).toHaveLength(10_000);
  });
});
