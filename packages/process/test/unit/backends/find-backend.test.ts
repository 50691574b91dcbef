import type { SpawnBackend } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { BackendChoice, findBackend } from "../../../src/backends/find-backend.ts";

const backend = (name: string, ...confines: string[]): SpawnBackend => ({
  name,
  confines,
  start: () => Promise.reject(new Error("not started here")),
});
const installed = [
  backend("inline"),
  backend("worker"),
  backend("process", "files"),
  backend("wasm", "files", "network"),
];
const rules = [
  { agent: "guest.*", backend: "process" },
  { agent: "guest.trusted", backend: "worker" },
];
const choice = new BackendChoice(() => installed, rules, "inline");

describe("the choice of a backend", () => {
  it("is what the spawn or the manifest says, then the policy's first rule, then the default", () => {
    expect(choice.of("guest.one", "worker", "kernel")).toBe("worker");
    expect(choice.of("guest.trusted", undefined, "kernel")).toBe("process");
    expect(choice.of("clerk", undefined, "kernel")).toBe("inline");
    expect(choice.of("clerk", undefined, "worker")).toBe("inline");
  });

  it.each([
    ["inline", []],
    ["tee", ["tee"]],
  ])("is known to lead nowhere before an agent starts: by default %s", (byDefault, missing) => {
    const wrong = [
      { agent: "a", backend: "worker" },
      { agent: "b", backend: "proces" },
      { agent: "c", backend: "proces" },
    ];
    expect(new BackendChoice(() => installed, rules, byDefault).missing()).toEqual(missing);
    expect(new BackendChoice(() => installed, wrong, byDefault).missing()).toEqual([...missing, "proces"]);
  });

  it("is the spawner's own by default when its code is confined", () => {
    expect(choice.of("clerk", undefined, "process")).toBe("process");
    expect(choice.of("clerk", undefined, "wasm")).toBe("wasm");
    expect(choice.of("clerk", "wasm", "process")).toBe("wasm");
  });

  it.each([
    ["process", "inline", ["files"]],
    ["process", "worker", ["files"]],
    ["wasm", "process", ["network"]],
  ])("refuses what would let the code of an agent on %s out: %s", (spawner, wanted, missing) => {
    expect(() => choice.of("clerk", wanted, spawner)).toThrow(
      expect.objectContaining({ code: "BACKEND_NOT_ALLOWED", details: { backend: wanted, spawner, missing } }),
    );
  });

  it("refuses a policy's backend too where it lets the code out", () => {
    const lax = new BackendChoice(() => installed, [{ agent: "*", backend: "inline" }], "inline");
    expect(() => lax.of("clerk", undefined, "process")).toThrow(
      expect.objectContaining({ code: "BACKEND_NOT_ALLOWED" }),
    );
  });
});

describe("a backend that is not installed", () => {
  it.each([
    ["wasm", "@weftos/wasm"],
    ["container", "@weftos/containers"],
    ["remote", "@weftos/mesh"],
    ["tee", undefined],
    ["unheard", undefined],
  ])("is told with who would supply it: %s", (name, supplier) => {
    const there = installed.slice(0, 2);
    expect(() => findBackend(there, name)).toThrow(
      expect.objectContaining({
        code: "BACKEND_NOT_AVAILABLE",
        message: expect.stringContaining(supplier ?? "no package supplies it"),
        details: { backend: name, available: ["inline", "worker"], package: supplier },
      }),
    );
  });
});
