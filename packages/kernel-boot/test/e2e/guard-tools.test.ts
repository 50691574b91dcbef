import { defineAction, type Subject } from "@weftos/interface";
import { z } from "@weftos/schema";
import { memoryPlatform } from "@weftos/testkit";
import { describe, expect, expectTypeOf, test } from "vitest";
import { guardTools, Kernel } from "../../src/index.ts";
import { deny, guardFeatures, permit, recordedAudit } from "../fake-features.ts";

const agent: Subject = { kind: "process", id: "7" };

async function world(decide = (_action: string) => permit() as ReturnType<typeof permit> | ReturnType<typeof deny>) {
  const audit = recordedAudit();
  const kernel = await Kernel.boot({
    platform: memoryPlatform(),
    features: guardFeatures({ audit, decide: (request) => decide(request.action) }),
  });
  return { kernel, audit };
}

const weather = {
  description: "Tells the weather",
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }: { city: string }, options?: { toolCallId?: string; abortSignal?: AbortSignal }) =>
    `${city}: sun (${options?.toolCallId}, ${options?.abortSignal instanceof AbortSignal})`,
};

describe("guardTools", () => {
  test("makes each call the action tool.<name>, recorded, with the caller's options passed on", async () => {
    const { kernel, audit } = await world();
    const tools = guardTools(kernel, { weather }, { as: agent, effects: { weather: { risk: 0.1 } } });
    expectTypeOf(tools.weather.execute).toEqualTypeOf(weather.execute);
    expect(await tools.weather.execute({ city: "Ulm" }, { toolCallId: "c1" })).toBe("Ulm: sun (c1, true)");
    expect(audit.events.at(-1)).toMatchObject({
      kind: "tool.weather",
      actor: { pid: 7 },
      payload: { resource: "tool:weather", attributes: { tool: "weather" }, effect: { risk: "0.1" }, outcome: "ok" },
    });
    expect(tools.weather.description).toBe("Tells the weather");
    await kernel.shutdown();
  });

  test("denies a tool whose effect nobody gave, without running it", async () => {
    const { kernel } = await world();
    let ran = false;
    const wipe = {
      execute: async () => {
        ran = true;
      },
    };
    const tools = guardTools(kernel, { wipe }, { as: agent, effects: {} });
    await expect(tools.wipe.execute()).rejects.toMatchObject({ code: "GOVERNANCE_DENIED", details: { by: "default" } });
    expect(ran).toBe(false);
    await kernel.shutdown();
  });

  test.each([undefined, null, "none", 0.4, []])(
    "takes %j for no effect, and never for one that does nothing",
    async (effect) => {
      const { kernel } = await world();
      expect(() => guardTools(kernel, { weather }, { as: agent, effects: { weather: effect as never } })).toThrow(
        expect.objectContaining({ code: "KERNEL_OPTION_INVALID", details: { option: "effects" } }),
      );
      await kernel.shutdown();
    },
  );

  test("refuses an effect with a dimension that is no number", async () => {
    const { kernel } = await world();
    const effects = { weather: { risk: undefined as never } };
    expect(() => guardTools(kernel, { weather }, { as: agent, effects })).toThrow(
      expect.objectContaining({ code: "KERNEL_ACTION_INVALID" }),
    );
    await kernel.shutdown();
  });

  test("counts the effects of the tools that accumulate, and of those alone", async () => {
    const counted = new Map<string, boolean | undefined>();
    const kernel = await Kernel.boot({
      platform: memoryPlatform(),
      features: guardFeatures({
        decide: ({ action }, declaration) => {
          counted.set(action, declaration?.accumulates);
          return permit();
        },
      }),
    });
    const mail = { execute: async () => "sent" };
    const effects = { weather: {}, mail: { risk: 0.3 } };
    const some = guardTools(kernel, { weather, mail }, { as: agent, effects, accumulates: ["mail"] });
    const all = guardTools(kernel, { fax: mail }, { as: agent, effects: { fax: { risk: 0.3 } }, accumulates: true });
    await some.weather.execute({ city: "Ulm" });
    await some.mail.execute();
    await all.fax.execute();
    expect([...counted]).toEqual([
      ["tool.weather", false],
      ["tool.mail", true],
      ["tool.fax", true],
    ]);
    expect(() => guardTools(kernel, { mail }, { as: agent, effects: { mail: { risk: 0.3 } } })).toThrow(
      expect.objectContaining({ code: "KERNEL_ACTION_CONFLICT" }),
    );
    for (const wrong of [["mail", "telex"], "mail"]) {
      expect(() => guardTools(kernel, { mail }, { as: agent, effects: {}, accumulates: wrong as never })).toThrow(
        expect.objectContaining({ code: "KERNEL_OPTION_INVALID", details: { option: "accumulates" } }),
      );
    }
    await kernel.shutdown();
  });

  test("refuses what the rules deny, and input that does not fit", async () => {
    const { kernel } = await world((action) => (action === "tool.mail" ? deny() : permit()));
    const tools = guardTools(
      kernel,
      { weather, mail: { execute: async () => "sent" } },
      { as: agent, effects: { weather: {}, mail: {} } },
    );
    await expect(tools.mail.execute()).rejects.toMatchObject({ code: "GOVERNANCE_DENIED", details: { by: "rule" } });
    await expect(tools.weather.execute({ city: 5 } as never)).rejects.toMatchObject({ code: "KERNEL_INPUT_INVALID" });
    await kernel.shutdown();
  });

  test("wraps the same tools for one agent after the other, and keeps each one's identity", async () => {
    const { kernel, audit } = await world();
    const first = guardTools(kernel, { weather }, { as: agent, effects: { weather: {} } });
    const second = guardTools(kernel, { weather }, { as: { kind: "process", id: "8" }, effects: { weather: {} } });
    await second.weather.execute({ city: "a" });
    await first.weather.execute({ city: "b" });
    expect(audit.events.slice(-2).map((event) => event.actor.pid)).toEqual([8, 7]);
    expect(() => guardTools(kernel, { weather }, { as: agent, effects: { weather: { risk: 1 } } })).toThrow(
      expect.objectContaining({ code: "KERNEL_ACTION_CONFLICT" }),
    );
    await kernel.shutdown();
  });

  test("runs a tool that gives results one after the other whole within the guard", async () => {
    const { kernel, audit } = await world();
    const stream = {
      async *execute() {
        yield "half";
        yield "whole";
      },
    };
    const tools = guardTools(kernel, { stream }, { as: agent, effects: { stream: {} } });
    expect(await tools.stream.execute()).toBe("whole");
    expect(audit.events.at(-1)?.payload.outcome).toBe("ok");
    await kernel.shutdown();
  });

  test("passes the abort of a call on", async () => {
    const { kernel } = await world();
    const slow = {
      execute: (_input: unknown, { abortSignal }: { abortSignal?: AbortSignal }) =>
        new Promise((_resolve, reject) => abortSignal?.addEventListener("abort", () => reject(abortSignal.reason))),
    };
    const tools = guardTools(kernel, { slow }, { as: agent, effects: { slow: {} } });
    const mine = new AbortController();
    const call = tools.slow.execute({}, { abortSignal: mine.signal });
    mine.abort(new Error("mine"));
    await expect(call).rejects.toThrow("mine");
    await kernel.shutdown();
  });

  test("leaves tools without execute as they are, and refuses wrong names and effects of nothing", async () => {
    const { kernel } = await world();
    const remote = { description: "runs elsewhere" };
    expect(guardTools(kernel, { remote }, { as: agent, effects: {} }).remote).toBe(remote);
    expect(() => guardTools(kernel, { "a b": weather }, { as: agent, effects: {} })).toThrow(
      expect.objectContaining({ code: "KERNEL_OPTION_INVALID" }),
    );
    expect(() => guardTools(kernel, { weather }, { as: agent, effects: { wether: {} } })).toThrow(
      expect.objectContaining({ code: "KERNEL_OPTION_INVALID" }),
    );
    await kernel.shutdown();
  });

  test("does not take over an action of the host", async () => {
    const { kernel } = await world();
    kernel.declare(defineAction({ name: "tool.weather", input: z.null(), effect: {}, audit: "durable", run: () => 1 }));
    expect(() => guardTools(kernel, { weather }, { as: agent, effects: { weather: {} } })).toThrow(
      expect.objectContaining({ code: "KERNEL_ACTION_CONFLICT" }),
    );
    await kernel.shutdown();
  });
});
