import { WeftError } from "@weftos/interface";
import { expect, it } from "vitest";
import { hintFor } from "../../../src/failure/hints.ts";

const context = { typed: (words: string): string => `weaver ${words}` };
const error = (code: string, details: object): WeftError =>
  WeftError.fromJSON({ code, message: "refused", retryable: false, details });

it("says how a kernel ends that gives no sign of life, and nothing of a slow call", () => {
  expect(hintFor(error("API_TIMEOUT", { method: "auth", timeoutMs: 5000 }), context)).toContain(
    "weaver kernel stop --force",
  );
  expect(hintFor(error("API_TIMEOUT", { method: "agent.stop", timeoutMs: 5000 }), context)).toContain(
    "kernel start --without <agent>",
  );
  expect(hintFor(error("API_TIMEOUT", { method: "chain.verify", timeoutMs: 5000 }), context)).toBeUndefined();
});

it("offers a backend that can hold a limit, where there is one", () => {
  const code = "PROCESS_LIMIT_NOT_ENFORCEABLE";
  expect(hintFor(error(code, { backends: ["worker", "process"] }), context)).toBe("--backend worker");
  expect(hintFor(error(code, { backends: [] }), context)).toBeUndefined();
});

it("says where to look for who is meant, and for why somebody ended", () => {
  expect(hintFor(error("PROCESS_NOT_FOUND", { pid: 7 }), context)).toBe("weaver agent list --all");
  expect(hintFor(error("IPC_TARGET_EXITED", { pid: 7 }), context)).toBe("weaver agent inspect 7 says why");
});

it("says what comes before what was typed can be done", () => {
  expect(hintFor(error("KERNEL_LOCKED", { dir: "/s" }), context)).toMatch(/^weaver kernel stop ends it/);
  const nobody = error("GOVERNANCE_PRINCIPAL_CONFLICT", { reason: "nobody is known yet: begin with an owner" });
  expect(hintFor(nobody, context)).toBe("weaver kernel stop, then weaver init --name <name>");
  const load = (message: string) =>
    WeftError.fromJSON({ code: "AGENT_LOAD_FAILED", message, retryable: false, details: {} });
  expect(hintFor(load("the module /a.ts has no agent as its default export: use defineAgent"), context)).toContain(
    "loaded anew on worker and process",
  );
  expect(hintFor(load("there is no package a"), context)).toBeUndefined();
});

it("says nothing of what tells all there is", () => {
  expect(hintFor(error("PROCESS_STATE", { pid: 7 }), context)).toBeUndefined();
  expect(hintFor(new Error("plain"), context)).toBeUndefined();
});
