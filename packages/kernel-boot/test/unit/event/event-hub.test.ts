import { describe, expect, test } from "vitest";
import { createEmitter } from "../../../src/event/event-hub.ts";

const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, enabled: () => false };
type Events = { "thing:happened": { readonly n: number } };

describe("an emitter", () => {
  test("calls listeners in order and stops calling one that was removed", () => {
    const seen: string[] = [];
    const hub = createEmitter<Events>(silent);
    const remove = hub.on("thing:happened", ({ n }) => void seen.push(`a${n}`));
    hub.on("thing:happened", ({ n }) => void seen.push(`b${n}`));
    hub.emit("thing:happened", { n: 1 });
    remove();
    remove();
    hub.emit("thing:happened", { n: 2 });
    expect(seen).toEqual(["a1", "b1", "b2"]);
  });

  test("removes one of two equal listeners at a time", () => {
    let calls = 0;
    const hub = createEmitter<Events>(silent);
    const listener = (): void => void calls++;
    const remove = hub.on("thing:happened", listener);
    hub.on("thing:happened", listener);
    remove();
    hub.emit("thing:happened", { n: 1 });
    expect(calls).toBe(1);
  });

  test("logs a listener that throws, and calls the next", () => {
    const errors: unknown[] = [];
    let reached = false;
    const hub = createEmitter<Events>({ ...silent, error: (_message, fields) => void errors.push(fields) });
    hub.on("thing:happened", () => {
      throw new Error("bug");
    });
    hub.on("thing:happened", () => {
      reached = true;
    });
    hub.emit("thing:happened", { n: 1 });
    expect(reached).toBe(true);
    expect(errors).toEqual([{ event: "thing:happened", error: "bug" }]);
  });

  test("takes at most 1000 listeners of one event", () => {
    const hub = createEmitter<Events>(silent);
    for (let i = 0; i < 1000; i++) hub.on("thing:happened", () => undefined);
    expect(() => hub.on("thing:happened", () => undefined)).toThrow(
      expect.objectContaining({ code: "KERNEL_LISTENER_LIMIT" }),
    );
  });
});
