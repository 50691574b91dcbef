import { defineAgent } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { crashOf } from "../../../src/agent/exit-reason.ts";
import { packError } from "../../../src/backends/carried-error.ts";
import { harness } from "../../harness.ts";

const fails = (): never => {
  throw new Error("it must not be read");
};
const errorWith = (fields: PropertyDescriptorMap): Error => Object.defineProperties(new Error("said"), fields);

const thrown: readonly (readonly [string, () => unknown, string, string | undefined])[] = [
  ["a text", () => "said", "said", undefined],
  ["an error", () => new Error("said"), "said", undefined],
  ["an error with a number as its code", () => new DOMException("said", "AbortError"), "said", undefined],
  [
    "an error with a code of any length",
    () => Object.assign(new Error(""), { code: "c".repeat(1e6) }),
    "",
    "c".repeat(128),
  ],
  ["nothing", () => undefined, "it threw what is no error", undefined],
  ["an object", () => ({ toString: fails }), "it threw what is no error", undefined],
  [
    "a message that is no text",
    () => errorWith({ message: { value: 5 } }),
    "it threw an error without a message",
    undefined,
  ],
  [
    "a message that cannot be read",
    () => errorWith({ message: { get: fails } }),
    "it threw what cannot be read",
    undefined,
  ],
  ["a code that is no text", () => errorWith({ code: { value: { toString: fails } } }), "said", undefined],
  ["a code that cannot be read", () => errorWith({ code: { get: fails } }), "it threw what cannot be read", undefined],
  [
    "a proxy that answers nothing",
    () => new Proxy({}, { get: fails, has: fails, getPrototypeOf: fails }),
    "it threw what cannot be read",
    undefined,
  ],
];

describe("what code threw", () => {
  it.each(thrown)("is told of without harm: %s", (_, make, error, code) => {
    expect(crashOf(make())).toEqual({ kind: "crash", error, code });
    expect(packError(make())).toMatchObject({ weft: false, message: error, code: code ?? "" });
  });

  it.each(thrown)("ends an agent in the kernel's own thread as a crash: %s", async (_, make, error) => {
    const { process, shutdown } = await harness();
    const throws = defineAgent({
      name: "throws",
      async run() {
        throw make();
      },
    });
    expect(await (await process.spawn(throws)).exited).toMatchObject({ kind: "crash", error });
    await shutdown();
  });
});
