import { isWeftError, WeftError } from "@weftos/interface";
import { expect, it } from "vitest";
import { packError, unpackError } from "../../../src/backends/carried-error.ts";

const failed = (details: unknown, code = "TEST_FAILED"): WeftError =>
  WeftError.fromJSON({ code, message: "it failed", retryable: true, details: details as object });
const loop: { self?: unknown } = {};
loop.self = loop;

it("keeps code, message, details and whether to try again of a WeftError", () => {
  const error = unpackError(structuredClone(packError(failed({ pid: 7 }))));
  expect(isWeftError(error, "TEST_FAILED")).toBe(true);
  expect(error).toMatchObject({ message: "it failed", retryable: true, details: { pid: 7 } });
});

it.each([
  ["a loop", loop],
  ["a bigint", { n: 1n }],
  ["nothing", undefined],
  ["text", "details"],
])("leaves details behind that are no JSON object: %s", (_, details) => {
  expect(packError(failed(details))).toMatchObject({ weft: true, code: "TEST_FAILED", details: {} });
});

it("keeps message and code of any other error, and no stack", () => {
  const packed = packError(Object.assign(new Error("x".repeat(5000)), { code: "E".repeat(200) }));
  expect(packed).toEqual({
    weft: false,
    code: "E".repeat(128),
    message: "x".repeat(4096),
    retryable: false,
    details: {},
  });
  expect(unpackError(packed)).toMatchObject({ code: "E".repeat(128) });
  expect(packError("text")).toMatchObject({ message: "text", code: "" });
  expect(packError(5)).toMatchObject({ message: "it threw what is no error" });
  expect(unpackError(packError(5))).not.toHaveProperty("code");
});
