import { describe, expect, it } from "vitest";
import { toJsonSchema, z } from "../../../src/index.ts";

const schema = z.object({
  maxProcesses: z.int().check(z.minimum(1)),
  nested: z.optional(z.array(z.object({ innerKey: z._default(z.string(), "a") }))),
  free: z.record(z.string(), z.number()),
  bytes: z.instanceof(Uint8Array),
});

describe("toJsonSchema", () => {
  it("writes the input side as draft 2020-12, and what JSON cannot say as anything", async () => {
    const written = await toJsonSchema(schema);
    expect(written).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      properties: { maxProcesses: { type: "integer", minimum: 1 }, bytes: {} },
      required: ["maxProcesses", "free", "bytes"],
    });
    expect(written).not.toHaveProperty("additionalProperties");
  });

  it("writes the form of a file: snake_case keys, closed objects, records left open", async () => {
    const written = await toJsonSchema(schema, { form: "file" });
    expect(written).toMatchObject({
      properties: {
        max_processes: { minimum: 1 },
        nested: { items: { properties: { inner_key: { default: "a" } }, additionalProperties: false } },
        free: { additionalProperties: { type: "number" } },
      },
      required: ["max_processes", "free", "bytes"],
      additionalProperties: false,
    });
  });

  it("gives plain data that survives JSON", async () => {
    const written = await toJsonSchema(schema);
    expect(JSON.parse(JSON.stringify(written))).toStrictEqual(written);
  });
});
