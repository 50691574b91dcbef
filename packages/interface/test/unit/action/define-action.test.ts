import { expect, it } from "vitest";
import { defineAction, type Schema } from "../../../src/index.ts";

const anything: Schema<unknown, { order: string }> = {
  "~standard": { version: 1, vendor: "test", validate: (value) => ({ value: value as { order: string } }) },
};

it("fills what was not said: effect dimensions 0, the right to use tools, the operator's role", async () => {
  const action = defineAction({
    name: "billing.refund",
    input: anything,
    effect: { risk: 0.4 },
    audit: "durable",
    run: () => 1,
  });
  expect(action.declaration).toEqual({
    name: "billing.refund",
    description: "billing.refund",
    effect: { risk: 0.4, fairness: 0, privacy: 0, novelty: 0, security: 0 },
    audit: "durable",
    rights: ["tool"],
    role: "operator",
    event: undefined,
  });
  expect(action.resource({ order: "7" })).toBe("billing.refund");
  expect(await action.attributes({ order: "7" })).toEqual({});
  expect(action.display({ order: "7" })).toBe('{\n  "order": "7"\n}');
  expect(action.summary(1)).toEqual({});
});

it.each([undefined, null, 0, "low", []])("takes %j for no effect at all, which is not an effect of zero", (effect) => {
  const init = { name: "billing.refund", input: anything, audit: "durable", run: () => 1 } as const;
  expect(defineAction({ ...init, effect: effect as never }).declaration.effect).toBe(effect);
});
