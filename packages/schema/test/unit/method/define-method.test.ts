import type { MethodCaller } from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import { beforeEach, expect, it } from "vitest";

const caller = (signal: AbortSignal = new AbortController().signal): MethodCaller => ({
  subject: { kind: "principal", id: "tester", role: "viewer" },
  role: "viewer",
  signal,
});

const calls: unknown[] = [];
const add = defineMethod({
  name: "sum.add",
  description: "Adds two numbers",
  role: "viewer",
  mutates: false,
  input: z.strictObject({ left: z.int(), right: z._default(z.int(), 1) }),
  run: ({ left, right }, { subject }) => {
    calls.push(subject.id);
    return { sum: left + right, by: undefined, at: new Date(0) };
  },
});

beforeEach(() => {
  calls.length = 0;
});

it("keeps what the table lists, and tells its input as JSON Schema", async () => {
  expect(add).toMatchObject({ name: "sum.add", description: "Adds two numbers", role: "viewer", mutates: false });
  expect(await add.inputSchema()).toMatchObject({
    type: "object",
    properties: { left: { type: "integer" } },
    additionalProperties: false,
  });
});

it("fills defaults, hands on the caller and gives a result that is JSON", async () => {
  expect(await add.call({ left: 2 }, caller())).toEqual({ sum: 3, at: "1970-01-01T00:00:00.000Z" });
  expect(calls).toEqual(["tester"]);
});

it("takes absent parameters for none", async () => {
  const open = defineMethod({
    name: "any.thing",
    description: "Takes nothing",
    role: "viewer",
    mutates: false,
    input: z.strictObject({}),
    run: (input) => ({ keys: Object.keys(input) }),
  });
  expect(await open.call(undefined, caller())).toEqual({ keys: [] });
});

it.each([
  ["a wrong type", { left: "two" }],
  ["a missing field", {}],
  ["an unknown field", { left: 1, middle: 2 }],
  ["an array", [1, 2]],
])("refuses %s, says what it expected, and runs nothing", async (_, input) => {
  await expect(add.call(input, caller())).rejects.toMatchObject({
    code: "API_INVALID_PARAMS",
    message: expect.stringContaining("the parameters of sum.add"),
    details: { method: "sum.add", issues: [expect.objectContaining({ expected: expect.any(String) })] },
  });
  expect(calls).toEqual([]);
});

it("runs nothing for a caller who has given up", async () => {
  const reason = new Error("gave up");
  await expect(add.call({ left: 1 }, caller(AbortSignal.abort(reason)))).rejects.toBe(reason);
  expect(calls).toEqual([]);
});
