import { expect, it } from "vitest";
import { isWeftError, WeftError } from "../../../src/index.ts";

class FullError extends WeftError<{ limit: number }> {
  override readonly code = "TEST_FULL";
}

it("is known by its code, also when it comes from another copy of the package", () => {
  const error = new FullError("full", { details: { limit: 3 }, retryable: true });
  expect(isWeftError(error)).toBe(true);
  expect(isWeftError(error, "TEST_FULL")).toBe(true);
  expect(isWeftError(error, "TEST_OTHER")).toBe(false);
  const copy = Object.assign(new Error("full"), { isWeftError: true, code: "TEST_FULL" });
  expect(isWeftError(copy, "TEST_FULL")).toBe(true);
});

it.each([null, undefined, "TEST_FULL", {}, { isWeftError: true, code: "TEST_FULL" }, new Error("plain")])(
  "is not %j",
  (value) => {
    expect(isWeftError(value)).toBe(false);
  },
);

it("crosses a wire with code, message, details and whether to try again, and without stack or cause", () => {
  const sent = new FullError("full", { details: { limit: 3 }, retryable: true, cause: new Error("secret") });
  const received = WeftError.fromJSON(JSON.parse(JSON.stringify(sent)));
  expect(received).toMatchObject({ code: "TEST_FULL", message: "full", details: { limit: 3 }, retryable: true });
  expect(JSON.stringify(sent)).not.toContain("secret");
  expect(received.name).toBe("WeftError");
  expect((sent.cause as Error).message).toBe("secret");
});
