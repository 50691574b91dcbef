import { isWeftError } from "@weftos/interface";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_PAYLOAD_BYTES, preparePayload } from "../../../src/message/payload.ts";

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return isWeftError(error) ? error.code : String(error);
  }
  return undefined;
}

describe("a payload", () => {
  it("is text, binary or json by what it is", () => {
    expect(preparePayload("hello")).toEqual({ kind: "text", payload: "hello", bytes: 5 });
    expect(preparePayload(new Uint8Array([1, 2])).kind).toBe("binary");
    expect(preparePayload({ a: [1, null, true] })).toMatchObject({ kind: "json", payload: { a: [1, null, true] } });
  });

  it("is a copy: what the sender changes later changes nothing", () => {
    const sent = { list: [1] };
    const bytes = new Uint8Array([1]);
    const { payload } = preparePayload(sent);
    const binary = preparePayload(bytes);
    sent.list.push(2);
    bytes[0] = 9;
    expect(payload).toEqual({ list: [1] });
    expect(binary.payload).toEqual(new Uint8Array([1]));
    expect(Object.isFrozen(sent)).toBe(false);
  });

  it("is frozen all the way down", () => {
    const { payload } = preparePayload({ list: [{ deep: 1 }] });
    const list = (payload as { list: { deep: number }[] }).list;
    expect([payload, list, list[0]].every((part) => Object.isFrozen(part))).toBe(true);
  });

  it("is passed on without a second copy, with the same size", () => {
    const first = preparePayload({ a: { b: "text" } });
    const second = preparePayload(first.payload);
    expect(second.payload).toBe(first.payload);
    expect(second.bytes).toBe(first.bytes);
  });

  it("leaves out properties without a value, as JSON does", () => {
    expect(preparePayload({ a: undefined, b: 1 }).payload).toEqual({ b: 1 });
  });

  it.each([
    ["undefined", undefined],
    ["a function", () => 1],
    ["a date", new Date(0)],
    ["a map", new Map()],
    ["a bigint", 1n],
    ["a number that is none", Number.NaN],
    ["infinity", { deep: [Number.POSITIVE_INFINITY] }],
    ["a hole where a value should be", [undefined]],
    ["a key named __proto__", JSON.parse('{"__proto__": {"admin": true}}')],
  ])("refuses %s", (_name, value) => {
    expect(codeOf(() => preparePayload(value))).toBe("IPC_PAYLOAD_INVALID");
  });

  it("refuses a value that holds itself", () => {
    const loop: { self?: unknown } = {};
    loop.self = loop;
    expect(codeOf(() => preparePayload(loop))).toBe("IPC_PAYLOAD_INVALID");
  });

  it("names the place of what it refuses", () => {
    expect(() => preparePayload({ files: [{ size: 1n }] })).toThrow("files[0].size");
  });

  it("refuses more than 16 MiB of text, bytes and json, and accepts exactly the limit", () => {
    expect(preparePayload("x".repeat(MAX_PAYLOAD_BYTES)).bytes).toBe(MAX_PAYLOAD_BYTES);
    expect(codeOf(() => preparePayload("x".repeat(MAX_PAYLOAD_BYTES + 1)))).toBe("IPC_PAYLOAD_TOO_LARGE");
    expect(codeOf(() => preparePayload(new Uint8Array(MAX_PAYLOAD_BYTES + 1)))).toBe("IPC_PAYLOAD_TOO_LARGE");
    const shared = preparePayload({ text: "x".repeat(MAX_PAYLOAD_BYTES / 2) }).payload;
    expect(codeOf(() => preparePayload([shared, shared]))).toBe("IPC_PAYLOAD_TOO_LARGE");
    expect(codeOf(() => preparePayload(new Array(MAX_PAYLOAD_BYTES / 8).fill(0)))).toBe("IPC_PAYLOAD_TOO_LARGE");
  });

  it("counts what is large as it is written: a character may take three bytes, a number twenty", () => {
    expect(codeOf(() => preparePayload("中".repeat(MAX_PAYLOAD_BYTES / 2)))).toBe("IPC_PAYLOAD_TOO_LARGE");
    expect(codeOf(() => preparePayload("\u0001".repeat(MAX_PAYLOAD_BYTES / 2)))).toBe("IPC_PAYLOAD_TOO_LARGE");
    const numbers = new Array<number>(MAX_PAYLOAD_BYTES / 16).fill(-1.2345678901234567e-100);
    expect(codeOf(() => preparePayload(numbers))).toBe("IPC_PAYLOAD_TOO_LARGE");
    expect(preparePayload("é".repeat(MAX_PAYLOAD_BYTES / 2)).bytes).toBe(MAX_PAYLOAD_BYTES);
  });

  it("refuses what grows too deep by being received and sent on", () => {
    let payload = preparePayload([]).payload;
    for (let level = 1; level < 64; level += 1) payload = preparePayload({ next: payload, beside: [] }).payload;
    expect(preparePayload(payload).payload).toBe(payload);
    expect(codeOf(() => preparePayload([payload]))).toBe("IPC_PAYLOAD_INVALID");
    expect(codeOf(() => preparePayload({ a: [payload] }))).toBe("IPC_PAYLOAD_INVALID");
  });

  it("carries any JSON value unchanged", async () => {
    await fc.assert(
      fc.property(
        fc.jsonValue().filter((value) => !JSON.stringify(value).includes("__proto__")),
        (value) => {
          expect(preparePayload(value).payload).toEqual(JSON.parse(JSON.stringify(value)));
        },
      ),
    );
  });
});
