import type { FeatureContext, KernelEvent } from "@weftos/interface";
import { manualClock, memoryPlatform } from "@weftos/testkit";
import { describe, expect, test } from "vitest";
import { Kernel } from "../../../src/index.ts";
import { ToldLines } from "../../../src/log/told-lines.ts";
import { fakeFeature } from "../../fake-features.ts";

function told() {
  const clock = manualClock();
  const events: Omit<KernelEvent, "index" | "time">[] = [];
  return { clock, events, lines: new ToldLines({ clock, tell: (event) => void events.push(event) }) };
}

describe("what is told in the ring too", () => {
  test("is the message and the agent that it concerns, and no other field", () => {
    const { events, lines } = told();
    lines.line("process", "error", "crashed: no luck", { processId: 7, agent: "clerk", token: "s3cr3t" });
    lines.line("ipc", "warn", "the outbox had a torn end", { bytes: 12 });
    expect(events).toEqual([
      { phase: "agents", level: "error", source: "process", message: "clerk[7]: crashed: no luck" },
      { phase: "services", level: "warn", source: "ipc", message: "the outbox had a torn end" },
    ]);
  });

  test("is at most 32 lines a second, and how many more there were", async () => {
    const { clock, events, lines } = told();
    const storm = (count: number) => {
      for (let line = 0; line < count; line++) lines.line("process", "error", `crash ${line}`);
    };
    storm(1000);
    expect(events).toHaveLength(32);
    await clock.advance(1000);
    expect(events.at(-1)).toMatchObject({ source: "kernel", message: expect.stringMatching(/^968 more warnings /) });
    storm(33);
    await clock.advance(1000);
    expect(events).toHaveLength(32 + 1 + 32 + 1);
    expect(events.at(-1)?.message).toMatch(/^1 more warning /);
    expect(clock.waiting).toBe(0);
  });

  test("comes from the kernel and its features, as far as the levels let it through, and not from who speaks through one", async () => {
    let context: FeatureContext | undefined;
    const feature = fakeFeature({
      name: "speaker",
      onCreate: (given) => {
        context = given;
      },
    });
    const kernel = await Kernel.boot({ platform: memoryPlatform(), features: [feature], logLevels: "info" });
    const at = kernel.logs.last;
    const { logger, loggerFor } = context as FeatureContext;
    expect([logger.enabled("warn"), logger.enabled("info")]).toEqual([true, false]);
    logger.info("quiet");
    logger.warn("beware", { agent: "clerk", processId: 7 });
    logger.error("worse");
    loggerFor("agent").error("an agent's own");
    kernel.logs.setLevels("speaker=error");
    logger.warn("not wanted");
    const lines = kernel.logs.since(at).map(({ level, source, message }) => [level, source, message]);
    expect(lines).toEqual([
      ["warn", "speaker", "clerk[7]: beware"],
      ["error", "speaker", "worse"],
    ]);
    const viewer = {
      subject: { kind: "kernel", id: "0" },
      role: "viewer",
      signal: new AbortController().signal,
    } as const;
    const { notices } = (await kernel.methods.call("kernel.status", {}, viewer as never)) as { notices: string[] };
    expect(notices).toContain("worse");
    expect(notices).not.toContain("clerk[7]: beware");
    await kernel.shutdown();
  });
});
