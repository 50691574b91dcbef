import { type Pid, toPid } from "@weftos/interface";
import { manualClock } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { awaitDependencies } from "../../../src/manifest/dependencies.ts";

function setUp(living: Readonly<Record<string, readonly number[]>>) {
  const clock = manualClock();
  const waiting = new Map<Pid, () => void>();
  return {
    clock,
    readied: (pid: number) => waiting.get(toPid(pid))?.(),
    start: (needs: { requires?: string[]; after?: string[] }, signal?: AbortSignal) =>
      awaitDependencies(
        "clerk",
        needs,
        {
          named: (name) => (living[name] ?? []).map(toPid),
          ready: (pid) => new Promise((resolve) => void waiting.set(pid, resolve)),
          clock,
          timeoutMs: 1000,
        },
        signal,
      ),
  };
}

describe("a start that depends on others", () => {
  it("is refused while one that it requires does not run, and not for one that it only comes after", async () => {
    const { start } = setUp({});
    await expect(start({ requires: ["store"] })).rejects.toMatchObject({
      code: "PROCESS_DEPENDENCY_MISSING",
      details: { agent: "clerk", requires: "store" },
      retryable: true,
    });
    await start({ after: ["store"] });
  });

  it("waits until all of them are ready", async () => {
    const { start, readied, clock } = setUp({ store: [7], cache: [8] });
    let started = false;
    const starting = start({ requires: ["store"], after: ["cache"] }).then(() => {
      started = true;
    });
    await clock.settle();
    readied(7);
    await clock.settle();
    expect(started).toBe(false);
    readied(8);
    await starting;
    expect(clock.waiting).toBe(0);
  });

  it("is refused when one is not ready in time, and ends with its signal", async () => {
    const late = setUp({ store: [7] });
    const refused = expect(late.start({ requires: ["store"] })).rejects.toMatchObject({
      code: "PROCESS_DEPENDENCY_MISSING",
    });
    await late.clock.advance(1000);
    await refused;
    const gone = new AbortController();
    const starting = setUp({ store: [7] }).start({ after: ["store"] }, gone.signal);
    gone.abort(new Error("gone"));
    await expect(starting).rejects.toThrow("gone");
  });
});
