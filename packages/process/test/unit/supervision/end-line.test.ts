import { defineAgent, type ExitReason, type Pid } from "@weftos/interface";
import { memoryPlatform } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { endLine } from "../../../src/supervision/end-line.ts";
import { harness } from "../../harness.ts";

const over = { kind: "over" } as const;
const lasting = new URL("../../agents/lasting.ts", import.meta.url);

describe("the line of an end", () => {
  it.each<[ExitReason, string, string]>([
    [{ kind: "normal" }, "debug", "ended"],
    [{ kind: "crash", error: "no luck", code: undefined }, "error", "crashed: no luck"],
    [{ kind: "crash", error: "no luck", code: "E_LUCK" }, "error", "crashed: no luck [E_LUCK]"],
    [{ kind: "killed" }, "info", "killed"],
    [{ kind: "timeout" }, "warn", "killed: it did not end in time"],
    [{ kind: "limit", limit: "memoryBytes" }, "warn", "ended: it passed its limit of memoryBytes"],
    [{ kind: "linked", pid: 7 as Pid }, "warn", "ended with process 7, to which it was linked"],
    [{ kind: "supervisor" }, "debug", "ended by its supervisor"],
    [{ kind: "supervisor", cause: "sibling" }, "debug", "ended for a sibling that failed"],
    [{ kind: "supervisor", cause: "watchdog" }, "warn", "ended: it gave no sign of life"],
    [{ kind: "supervisor", cause: "probe" }, "warn", "ended: its probe failed"],
  ])("of %j", (reason, level, message) => {
    expect(endLine(reason, over)).toEqual({ level, message });
  });

  it("says what becomes of its agent", () => {
    const reason = { kind: "killed" } as const;
    const again = { kind: "again", backoffMs: 400, together: false } as const;
    expect(endLine(reason, again).message).toBe("killed; starts again in 400 ms");
    expect(endLine(reason, { ...again, together: true }).message).toBe(
      "killed; starts again with its siblings in 400 ms",
    );
    expect(endLine(reason, { kind: "given-up", maxRestarts: 5, withinMs: 60_000 })).toEqual({
      level: "error",
      message: "killed; given up after 5 restarts in 60 s",
    });
  });
});

describe("the log of an agent that fails", () => {
  const about = (logs: readonly { readonly level: string; readonly message: string; readonly fields: object }[]) =>
    logs.filter(({ fields }) => "processId" in fields).map(({ level, message, fields }) => [level, message, fields]);

  it("has a line of each crash, of being given up, and of nothing else; none holds what its environment gave it", async () => {
    const kernel = await harness();
    const agent = defineAgent({
      name: "crasher",
      async run({ environment }) {
        throw Object.assign(new Error(`no luck with ${environment.TOKEN}`), { code: "E_LUCK" });
      },
    });
    const handle = await kernel.process.spawn(agent, {
      restart: { type: "permanent", maxRestarts: 2, withinMs: 60_000, backoffMs: 100 },
      environment: { TOKEN: "s3cr3t$&t0ken", SHORT: "no" },
    });
    for (let round = 0; round < 3; round += 1) await kernel.platform.clock.advance(500);
    const error = "no luck with $TOKEN";
    expect(await handle.exited).toEqual({ kind: "crash", error, code: "E_LUCK" });
    const starts = /^crashed: no luck with \$TOKEN \[E_LUCK\]; starts again in \d+ ms$/;
    expect(about(kernel.logs)).toEqual([
      ["error", expect.stringMatching(starts), { processId: 1, agent: "crasher" }],
      ["error", expect.stringMatching(starts), { processId: 2, agent: "crasher" }],
      [
        "error",
        "crashed: no luck with $TOKEN [E_LUCK]; given up after 2 restarts in 60 s",
        { processId: 3, agent: "crasher" },
      ],
    ]);
    const lines = await kernel.methods
      .get("agent.logs")
      ?.call({ pid: 3 }, { signal: new AbortController().signal } as never);
    expect(JSON.stringify(lines)).toContain("given up after 2 restarts");
    expect(JSON.stringify([kernel.audit, kernel.logs])).not.toContain("s3cr3t");
  });

  it("says that it could not be started again, and why", async () => {
    const kernel = await harness();
    const handle = await kernel.process.spawn(
      defineAgent({
        name: "idle",
        run: ({ signal }) => new Promise((done) => signal.addEventListener("abort", () => done())),
      }),
      { restart: { type: "permanent", maxRestarts: 1, backoffMs: 100 } },
    );
    const permit = kernel.decide;
    kernel.decide = (action) =>
      action === "process.restart"
        ? { verdict: "deny", by: "rule", reason: "frozen", rules: [], policy: "", suspend: false }
        : permit(action);
    kernel.control.kill(handle.pid as unknown as Pid);
    await kernel.platform.clock.settle();
    await kernel.platform.clock.advance(200);
    expect(about(kernel.logs).map(([level, message]) => `${level} ${message}`)).toEqual([
      expect.stringMatching(/^info killed; starts again in \d+ ms$/),
      expect.stringMatching(
        /^error could not be started again: .* \[GOVERNANCE_DENIED\]; given up after 1 restart in 60 s$/,
      ),
    ]);
  });

  it("says after a crash of the kernel under the PID it had that it was lost", async () => {
    const platform = memoryPlatform();
    const first = await harness({ platform });
    await first.process.spawn(lasting, { name: "gone" });
    await first.process.spawn(lasting, { name: "back", restart: { type: "permanent" } });
    await platform.clock.settle();
    const second = await harness({ platform: platform.crash() });
    const call = second.methods.get("agent.logs");
    const lines = async (pid: number) =>
      JSON.stringify(await call?.call({ pid }, { signal: new AbortController().signal } as never));
    expect(await lines(1)).toContain("an agent was lost with the last kernel");
    expect(await lines(2)).toContain("a lost agent is started again");
    await second.shutdown();
  });
});
