import { defineAction, type JsonValue } from "@weftos/interface";
import { z } from "@weftos/schema";
import { describe, expect, it } from "vitest";
import { defineTool } from "../../../src/index.ts";
import { agent, guarding, kernel, rights } from "../guarding.ts";

const input = z.strictObject({ order: z.string(), cents: z.int() });
const refund = defineTool({
  name: "billing.refund",
  description: "Pays an order back",
  input,
  action: defineAction({
    name: "billing.refund",
    input,
    effect: { risk: 0.4 },
    audit: "durable",
    summary: ({ paid }: { readonly paid: number }) => ({ paid }),
    run: async ({ cents }) => ({ paid: cents }),
  }),
});
const given = { order: "A", cents: 5 };

describe("a tool of the host", () => {
  it("runs under its own action", async () => {
    const { api, asked, events } = guarding({ tools: [refund] });
    expect(await api.call(agent, "billing.refund", given)).toEqual({ paid: 5 });
    expect(asked[0]).toMatchObject({ action: "billing.refund", attributes: { tool: "billing.refund" } });
    expect(events.at(-1)?.payload).toMatchObject({ outcome: "ok", result: { paid: 5 } });
  });

  it("runs on what was given, whatever its caller makes of it meanwhile", async () => {
    const seen: JsonValue[] = [];
    const open = z.unknown();
    const tool = defineTool({
      name: "x.open",
      description: "Takes anything",
      input: open,
      action: defineAction<unknown, null>({
        name: "x.open",
        input: open,
        effect: {},
        audit: "logged",
        run: (value) => {
          seen.push(value as JsonValue);
          return null;
        },
      }),
    });
    const mine = { to: "a friend" };
    const { api } = guarding({
      tools: [tool],
      decide: () => {
        mine.to = "an enemy";
        return "permit";
      },
    });
    await api.call(agent, "x.open", mine);
    expect(seen).toEqual([{ to: "a friend" }]);
    await expect(api.call(agent, "x.open", (() => 1) as never)).rejects.toMatchObject({ code: "TOOL_INPUT_INVALID" });
  });

  it.each([undefined, null, 7, {}, { kind: "process" }, { kind: "process", id: 7 }])(
    "is not called by %j, which is nobody",
    async (nobody) => {
      const { api } = guarding({ tools: [refund] });
      await expect(api.call(nobody as never, "billing.refund", given)).rejects.toMatchObject({
        code: "TOOL_INPUT_INVALID",
      });
    },
  );

  it("asks the guard about a process whose id is no PID, under that id", async () => {
    const { api, asked } = guarding({ tools: [refund], decide: () => "deny" });
    const nobody = { kind: "process", id: "abc" } as const;
    expect(await api.list(nobody)).toEqual([]);
    await expect(api.call(nobody, "billing.refund", given)).rejects.toMatchObject({ code: "GOVERNANCE_DENIED" });
    expect(asked[0]?.subject).toEqual(nobody);
  });

  it("may settle what is decided on", async () => {
    const tool = defineTool({
      name: "note.read",
      description: "Reads a note",
      input: z.strictObject({ title: z.string() }),
      settle: ({ title }, { subject }) => ({ id: `${subject.id}/${title.toLowerCase()}` }),
      action: defineAction({
        name: "note.read",
        input: z.strictObject({ id: z.string() }),
        effect: {},
        audit: "none",
        resource: ({ id }) => id,
        run: ({ id }) => ({ id }),
      }),
    });
    const { api, asked } = guarding({ tools: [tool] });
    expect(await api.call(agent, "note.read", { title: "A" })).toEqual({ id: "7/a" });
    expect(asked[0]?.resource).toBe("7/a");
  });

  it("fails by name when its code throws", async () => {
    const broken = defineTool({
      name: "x.broken",
      description: "Throws",
      input: z.strictObject({}),
      action: defineAction({
        name: "x.broken",
        input: z.strictObject({}),
        effect: {},
        audit: "logged",
        run: (): null => {
          throw new TypeError("secret");
        },
      }),
    });
    const { api, events } = guarding({ tools: [broken] });
    const refused = expect(api.call(agent, "x.broken", {})).rejects;
    await refused.toMatchObject({
      code: "TOOL_FAILED",
      message: "x.broken failed: UNKNOWN",
      details: { reason: "UNKNOWN" },
    });
    expect(events.at(-1)?.payload).toMatchObject({ outcome: "failed", error: "TOOL_FAILED" });
  });
});

describe("a call", () => {
  it("of an unknown tool, or with a wrong input, asks nothing", async () => {
    const { api, asked } = guarding({ tools: [refund] });
    await expect(api.call(agent, "billing.steal", {})).rejects.toMatchObject({ code: "TOOL_NOT_FOUND" });
    await expect(api.call(agent, "constructor", {})).rejects.toMatchObject({ code: "TOOL_NOT_FOUND" });
    const wrongs: JsonValue[] = [null, 7, [], {}, { order: "A", cents: 0.5 }, { ...given, extra: 1 }];
    for (const wrong of wrongs) {
      await expect(api.call(agent, "billing.refund", wrong)).rejects.toMatchObject({
        code: "TOOL_INPUT_INVALID",
        details: { tool: "billing.refund" },
      });
    }
    expect(asked).toEqual([]);
  });

  it("with an aborted signal does nothing", async () => {
    const { api, asked } = guarding({ tools: [refund] });
    const signal = AbortSignal.abort(new Error("too late"));
    await expect(api.call(agent, "billing.refund", given, { signal })).rejects.toThrow("too late");
    expect(asked).toEqual([]);
  });

  it("is refused while 1024 others run", async () => {
    let finish: (value: null) => void = () => {};
    const gate = new Promise<null>((resolve) => {
      finish = resolve;
    });
    const slow = defineTool({
      name: "x.slow",
      description: "Waits",
      input: z.strictObject({}),
      action: defineAction({ name: "x.slow", input: z.strictObject({}), effect: {}, audit: "none", run: () => gate }),
    });
    const { api } = guarding({ tools: [slow] });
    const running = Array.from({ length: 1024 }, () => api.call(agent, "x.slow", {}));
    await expect(api.call(agent, "x.slow", {})).rejects.toMatchObject({ code: "TOOL_BUSY", retryable: true });
    finish(null);
    await Promise.all(running);
    expect(await api.call(agent, "x.slow", {})).toBeNull();
  });
});

describe("an approval", () => {
  it("runs the same call again, once it is granted", async () => {
    const { api, drafts } = guarding({ tools: [refund], decide: () => "defer" });
    await expect(api.call(agent, "billing.refund", given)).rejects.toMatchObject({ code: "APPROVAL_PENDING" });
    expect(drafts[0]?.input).toEqual({ tool: "billing.refund", call: given });
    expect(await api.call(agent, "billing.refund", given, { approval: "0" })).toEqual({ paid: 5 });
    await expect(api.call(agent, "billing.refund", { ...given, cents: 6 }, { approval: "0" })).rejects.toThrow(
      "CHANGED",
    );
  });

  it("can be run without its requester: the stored call gives the very same question", async () => {
    const sent: string[] = [];
    const { api, actions, drafts } = guarding({
      decide: () => "defer",
      fetch: async (_url, init) => {
        sent.push(String(init?.body));
        return new Response("ok");
      },
    });
    await expect(api.call(agent, "http.post", { url: "https://example.test/", body: "b" })).rejects.toMatchObject({
      code: "APPROVAL_PENDING",
    });
    const [draft] = drafts;
    const action = actions.find("net.post");
    const stored = draft?.input as never;
    expect(action?.resource(stored)).toBe(draft?.request.resource);
    expect(await action?.attributes(stored)).toEqual(draft?.request.attributes);
    expect(action?.display(stored)).toBe(draft?.display);
    expect(await action?.input["~standard"].validate(stored)).toEqual({ value: stored });
    const output = await action?.run(stored, { subject: agent, signal: new AbortController().signal });
    expect(action?.summary(output)).toEqual({ status: 200, bytes: 2 });
    expect(sent).toEqual(["b"]);
  });

  it.each([
    ["no call", null],
    ["a tool of another action", { tool: "fs.stat", call: { path: "/" } }],
    ["an unknown tool", { tool: "no.such", call: {} }],
    ["a call of another form", { tool: "http.post", call: { url: 7 } }],
  ])("of %s runs nothing", async (_what, stored) => {
    const action = guarding().actions.find("net.post");
    expect(await action?.input["~standard"].validate(stored)).toHaveProperty("issues");
    expect(() => action?.display(stored as never)).toThrow(/expected/);
  });

  it("of an action that no tool has finds nothing", () => {
    expect(guarding().actions.find("process.spawn")).toBeUndefined();
  });
});

describe("the list", () => {
  const names = async (capabilities: ReturnType<typeof rights>): Promise<string[]> =>
    (await guarding({ capabilities, tools: [refund] }).api.list(agent)).map(({ name }) => name);

  it("holds every tool for the kernel, with the JSON Schema of its input", async () => {
    const { api } = guarding({ tools: [refund] });
    const list = await api.list(kernel);
    expect(list.map(({ name }) => name)).toEqual([
      "billing.refund",
      "fs.read_dir",
      "fs.read_file",
      "fs.remove",
      "fs.stat",
      "http.post",
    ]);
    expect(list[0]).toMatchObject({
      action: "billing.refund",
      description: "Pays an order back",
      inputSchema: { type: "object", properties: { cents: { type: "integer" } }, required: ["order", "cents"] },
    });
    expect(await api.find("fs.stat")).toMatchObject({ name: "fs.stat", action: "fs.read" });
    expect(await api.find("no.such")).toBeUndefined();
  });

  it("holds what the globs allow and do not deny", async () => {
    const files = { read: ["/"], write: ["/"] };
    expect(await names(rights({ files, canNetwork: true, tools: { allow: ["fs.*"], deny: ["fs.re*"] } }))).toEqual([
      "fs.stat",
    ]);
    expect(await names(rights({ tools: { allow: [] } }))).toEqual([]);
  });

  it("leaves out what needs a right that is not there", async () => {
    expect(await names(rights())).toEqual(["billing.refund"]);
    expect(await names(rights({ canExecTools: false, canNetwork: true }))).toEqual([]);
    expect(await names(rights({ canNetwork: true }))).toEqual(["billing.refund", "http.post"]);
    expect(await names(rights({ files: { read: ["/"] } }))).toEqual([
      "billing.refund",
      "fs.read_dir",
      "fs.read_file",
      "fs.stat",
    ]);
    expect(await names(rights({ files: { own: ["/"] } }))).toContain("fs.remove");
  });

  it("looks at every right that an action may need", async () => {
    const needing = (["spawn", "ipc", "operator"] as const).map((right) =>
      defineTool({
        name: `x.${right}`,
        description: right,
        input,
        action: defineAction({
          name: `x.${right}`,
          input,
          effect: {},
          audit: "none",
          rights: [right],
          run: () => null,
        }),
      }),
    );
    const capabilities = { ...rights({ tools: { allow: ["x.*"] } }), canSpawn: true };
    const list = await guarding({ capabilities, tools: needing }).api.list(agent);
    expect(list.map(({ name }) => name)).toEqual(["x.spawn"]);
  });

  it("is empty for a process that is not there, and for another node", async () => {
    const { api } = guarding();
    expect(await api.list({ kind: "process", id: "8" })).toEqual([]);
    expect(await api.list({ kind: "node", id: "n" })).toEqual([]);
  });
});

describe("the methods", () => {
  const owner = { kind: "principal", id: "owner", role: "admin" } as const;
  const caller = { subject: owner, role: "admin", signal: new AbortController().signal } as const;

  it("list and call tools in the caller's name", async () => {
    const { instance, asked } = guarding({ tools: [refund] });
    const [list, call] = instance.methods;
    expect(list).toMatchObject({ name: "tool.list", role: "viewer", mutates: false });
    expect(call).toMatchObject({ name: "tool.call", role: "operator", mutates: true });
    expect((await list?.call(undefined, caller)) as { tools: unknown[] }).toMatchObject({ tools: { length: 6 } });
    expect(await call?.call({ name: "billing.refund", input: given }, caller)).toEqual({ output: { paid: 5 } });
    expect(asked[0]?.subject).toEqual(owner);
    await expect(call?.call({ name: 7 }, caller)).rejects.toMatchObject({ code: "API_INVALID_PARAMS" });
  });
});
