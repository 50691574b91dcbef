import { chmod, mkdir, stat } from "node:fs/promises";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { codeOf, RawClient, rawClient, type Serving, serving } from "../serving.ts";

let at: Serving;
beforeEach(async () => {
  at = await serving();
});
afterEach(async () => {
  await at.dispose();
});

const call = (id: unknown, method: string, params?: unknown): object => ({ jsonrpc: "2.0", id, method, params });

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise<void>((resolve) => setImmediate(resolve));
}

describe("the socket", () => {
  it("lies in a folder of mode 0700, with token and endpoint of mode 0600, and tells its place", async () => {
    expect((await stat(`${at.dir}/run`)).mode & 0o777).toBe(0o700);
    expect((await stat(`${at.dir}/run/token`)).mode & 0o777).toBe(0o600);
    expect((await stat(`${at.dir}/run/endpoint.json`)).mode & 0o777).toBe(0o600);
    const endpoint = JSON.parse(new TextDecoder().decode(await at.files.read(`${at.dir}/run/endpoint.json`)));
    expect(endpoint).toEqual({ version: 1, socket: `${at.dir}/run/socket`, pid: process.pid });
    expect(new TextDecoder().decode(await at.files.read(`${at.dir}/run/token`))).toMatch(/^[0-9a-f]{64}$/);
  });

  it("lies in a private temporary folder when the path of the state directory is too long", async () => {
    const far = await serving({ nested: true });
    expect(far.socket.startsWith(far.dir)).toBe(false);
    const client = await rawClient(far);
    client.send(call(1, "echo", {}));
    expect(await client.line(1)).toMatchObject({ id: 1 });
    await far.dispose();
    await expect(stat(far.socket)).rejects.toThrow();
  });

  it("is taken over from a daemon that died without removing it", async () => {
    await at.stop();
    await at.files.writeAtomic(`${at.dir}/run/socket`, new Uint8Array(0));
    const next = await serving({ root: at.dir });
    const client = await rawClient(next);
    expect(client.lines[0]).toMatchObject({ id: "auth", result: { role: "admin" } });
    await next.dispose();
  });

  it("is not opened in a folder that others may enter", async () => {
    await at.stop();
    await chmod(`${at.dir}/run`, 0o755);
    await expect(serving({ root: at.dir })).rejects.toMatchObject({
      code: "API_LISTEN_FAILED",
      details: { reason: "FOLDER_OPEN" },
    });
  });

  it("that cannot be opened fails the start by name", async () => {
    await at.stop();
    await mkdir(`${at.dir}/run/socket`);
    await expect(serving({ root: at.dir })).rejects.toMatchObject({ code: "API_LISTEN_FAILED" });
  });

  it("is gone after the stop, with token and endpoint", async () => {
    await at.stop();
    expect((await at.files.list(`${at.dir}/run`)).map(({ name }) => name)).toEqual([]);
  });
});

describe("authentication", () => {
  it.each([
    ["a wrong token", call(1, "auth", { token: "0".repeat(64) })],
    ["a token of another length", call(1, "auth", { token: "0" })],
    ["a token that is no text", call(1, "auth", { token: 7 })],
    ["no parameters", call(1, "auth")],
    ["another method first", call(1, "echo", {})],
    ["a notification first", { jsonrpc: "2.0", method: "echo" }],
    ["a batch first", [call(1, "echo", {})]],
  ])("refuses %s and hangs up", async (_what, message) => {
    const client = new RawClient(at.socket);
    client.send(message);
    expect(codeOf(await client.line(0))).toBe("API_UNAUTHENTICATED");
    await client.closed;
  });

  it("hangs up on who says nothing for 5 seconds", async () => {
    const client = new RawClient(at.socket);
    await until(() => at.connections() === 1);
    await at.clock.advance(5000);
    expect(codeOf(await client.line(0))).toBe("API_UNAUTHENTICATED");
    await client.closed;
  });

  it("takes no more than 4 KiB before it", async () => {
    const client = new RawClient(at.socket);
    client.send("x".repeat(5000));
    expect(codeOf(await client.line(0))).toBe("API_MESSAGE_TOO_LARGE");
    await client.closed;
  });
});

describe("calls", () => {
  it("run as the owner with the role admin", async () => {
    const client = await rawClient(at);
    client.send(call(1, "echo", { a: "ü" }));
    expect(await client.line(1)).toEqual({
      jsonrpc: "2.0",
      id: 1,
      result: { input: { a: "ü" }, subject: { kind: "principal", id: "owner", role: "admin" }, role: "admin" },
    });
  });

  it("keep their ids of every form", async () => {
    const client = await rawClient(at);
    client.send(call("text", "echo"));
    expect(await client.line(1)).toMatchObject({ id: "text" });
    client.send(call(null, "echo"));
    expect(await client.line(2)).toMatchObject({ id: null, result: {} });
  });

  it("answer an unknown method with the code of JSON-RPC and of WeftOS", async () => {
    const client = await rawClient(at);
    client.send(call(1, "no.such"));
    expect(await client.line(1)).toMatchObject({
      error: { code: -32601, data: { code: "API_METHOD_NOT_FOUND", details: { method: "no.such" }, retryable: false } },
    });
  });

  it("leak nothing of an unforeseen error, which the log has", async () => {
    const client = await rawClient(at);
    client.send(call(1, "break"));
    const answer = await client.line(1);
    expect(answer).toMatchObject({ error: { code: -32603 } });
    expect(codeOf(answer)).toBe("API_INTERNAL");
    expect(JSON.stringify(answer)).not.toContain("hunter2");
    expect(at.logged).toContain("a method failed unforeseen");
  });

  it("answer with an error when the result is larger than a message may be", async () => {
    const client = await rawClient(at);
    client.send(call(1, "huge"));
    expect(codeOf(await client.line(1))).toBe("API_MESSAGE_TOO_LARGE");
    client.send(call(2, "echo"));
    expect(await client.line(2)).toMatchObject({ id: 2, result: {} });
  });

  it("of a batch are answered together, notifications not at all", async () => {
    const client = await rawClient(at);
    client.send([call(1, "echo"), { jsonrpc: "2.0", method: "echo" }, 7, call(2, "no.such")]);
    const answers = (await client.line(1)) as unknown as Record<string, unknown>[];
    expect(answers).toHaveLength(3);
    expect(answers[0]).toMatchObject({ id: 1, result: {} });
    expect(codeOf(answers[1])).toBe("API_INVALID_REQUEST");
    expect(codeOf(answers[2])).toBe("API_METHOD_NOT_FOUND");
  });

  it.each([
    ["an empty batch", []],
    ["a batch of 65", Array.from({ length: 65 }, (_, id) => call(id, "echo"))],
    ["a number", 7],
    ["no version", { id: 1, method: "echo" }],
    ["a method that is no text", call(1, 7 as unknown as string)],
    ["a method of no name", call(1, "")],
    ["parameters that are text", call(1, "echo", "text")],
    ["an id that is an object", call({}, "echo")],
  ])("that are %s are an invalid request, and the connection goes on", async (_what, message) => {
    const client = await rawClient(at);
    client.send(message);
    const answer = await client.line(1);
    expect(answer).toMatchObject({ error: { code: -32600 } });
    expect(codeOf(answer)).toBe("API_INVALID_REQUEST");
    client.send(call(9, "echo"));
    expect(await client.line(2)).toMatchObject({ id: 9 });
  });

  it("that are no JSON, or no UTF-8, are a parse error", async () => {
    const client = await rawClient(at);
    client.send("{ nonsense\n");
    expect(await client.line(1)).toMatchObject({ id: null, error: { code: -32700 } });
    client.send(new Uint8Array([0x22, 0xff, 0xfe, 0x22, 0x0a]));
    expect(await client.line(2)).toMatchObject({ id: null, error: { code: -32700 } });
  });

  it("of two clients do not meet, though their ids are equal", async () => {
    const [a, b] = [await rawClient(at), await rawClient(at)];
    a.send(call(1, "wait"));
    b.send(call(1, "wait"));
    await until(() => at.waiting.length === 2);
    at.waiting[1]?.finish("second");
    at.waiting[0]?.finish("first");
    const results = [await a.line(1), await b.line(1)].map((answer) => answer?.result);
    expect(results.sort()).toEqual(["first", "second"]);
  });

  it("are at most 64 at once on a connection", async () => {
    const client = await rawClient(at);
    for (let id = 0; id < 65; id++) client.send(call(id, "wait"));
    const refused = await client.line(1);
    expect(refused).toMatchObject({ id: 64, error: { data: { code: "API_BUSY", retryable: true } } });
    expect(at.waiting).toHaveLength(64);
  });

  it("may not share the id of one that runs", async () => {
    const client = await rawClient(at);
    client.send(call(1, "wait"));
    client.send(call(1, "echo"));
    expect(codeOf(await client.line(1))).toBe("API_INVALID_REQUEST");
  });
});

describe("an end", () => {
  it("of one call comes by $/cancelRequest", async () => {
    const client = await rawClient(at);
    client.send(call(1, "wait"));
    client.send(call(2, "wait"));
    await until(() => at.waiting.length === 2);
    client.send({ jsonrpc: "2.0", method: "$/cancelRequest", params: { id: 1 } });
    const answer = await client.line(1);
    expect(answer).toMatchObject({ id: 1, error: { code: -32800 } });
    expect(codeOf(answer)).toBe("API_CANCELLED");
    expect(at.waiting[1]?.caller.signal.aborted).toBe(false);
  });

  it("of the connection aborts its calls", async () => {
    const client = await rawClient(at);
    client.send(call(1, "wait"));
    await until(() => at.waiting.length === 1);
    client.socket.destroy();
    await until(() => at.waiting[0]?.caller.signal.aborted === true);
    await until(() => at.connections() === 0);
  });

  it("of the server waits for running calls and refuses new ones", async () => {
    const client = await rawClient(at);
    client.send(call(1, "wait"));
    await until(() => at.waiting.length === 1);
    const stopped = at.stop();
    await at.clock.settle();
    client.send(call(2, "echo"));
    expect(codeOf(await client.line(1))).toBe("API_BUSY");
    at.waiting[0]?.finish("done");
    await stopped;
    expect(await client.line(2)).toMatchObject({ id: 1, result: "done" });
    await client.closed;
  });

  it("of the server comes after 5 seconds at the latest", async () => {
    const client = await rawClient(at);
    client.send(call(1, "wait"));
    await until(() => at.waiting.length === 1);
    const stopped = at.stop();
    await until(() => at.clock.waiting >= 2);
    await at.clock.advance(5000);
    await stopped;
    expect(at.waiting[0]?.caller.signal.aborted).toBe(true);
    await client.closed;
  });

  it("comes to a client that is idle for ten minutes, and not to one that waits for an answer", async () => {
    const [idle, busy] = [await rawClient(at), await rawClient(at)];
    busy.send(call(1, "wait"));
    await until(() => at.waiting.length === 1);
    await at.clock.advance(600_000);
    await idle.closed;
    at.waiting[0]?.finish("still here");
    expect(await busy.line(1)).toMatchObject({ result: "still here" });
  });
});

describe("bounds", () => {
  it("cut off a client that asks and does not read, and leave the others alone", async () => {
    const [deaf, other] = [await rawClient(at), await rawClient(at)];
    deaf.socket.pause();
    for (let id = 0; id < 4; id++) deaf.send(call(id, "large"));
    await until(() => at.connections() === 1);
    expect(at.logged).toContain("a client that does not read was cut off");
    other.send(call(1, "echo"));
    expect(await other.line(1)).toMatchObject({ id: 1, result: {} });
    deaf.socket.destroy();
  });

  it("refuse a message of more than 16 MiB and hang up", async () => {
    const client = await rawClient(at);
    client.send(new Uint8Array(16 * 1024 * 1024 + 1).fill(0x20));
    expect(codeOf(await client.line(1))).toBe("API_MESSAGE_TOO_LARGE");
    await client.closed;
  });

  it("hold for calls without an id, too: they run, and nothing is answered", async () => {
    const client = await rawClient(at);
    for (let turn = 0; turn < 70; turn++) client.send({ jsonrpc: "2.0", method: "wait" });
    client.send({ jsonrpc: "2.0", method: "$/cancelRequest" });
    client.send(call(1, "echo"));
    expect(codeOf(await client.line(1))).toBe("API_BUSY");
    expect(at.waiting).toHaveLength(64);
  });

  it("refuse the 65th connection", async () => {
    const clients = Array.from({ length: 64 }, () => new RawClient(at.socket));
    await until(() => at.connections() === 64);
    const late = new RawClient(at.socket);
    expect(codeOf(await late.line(0))).toBe("API_BUSY");
    await late.closed;
    for (const { socket } of clients) socket.destroy();
    await until(() => at.connections() === 0);
  });

  it("hold whatever bytes come: every answer is typed, and the server serves on", async () => {
    const bytes = fc.uint8Array({ maxLength: 400 });
    const json = fc.json().map((text) => new TextEncoder().encode(`${text}\n`));
    const almost = fc
      .record({
        jsonrpc: fc.constantFrom("2.0", "1.0", 2),
        id: fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.object()),
        method: fc.oneof(fc.constantFrom("echo", "auth", "$/cancelRequest", "break"), fc.string(), fc.integer()),
        params: fc.jsonValue(),
      })
      .map((message) => new TextEncoder().encode(`${JSON.stringify(message)}\n`));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(bytes, json, almost), { maxLength: 20 }), async (chunks) => {
        const client = await rawClient(at);
        for (const chunk of chunks) client.send(chunk);
        client.send("\n");
        client.send(call("last", "echo"));
        const isLast = (line: unknown): boolean => (line as { id?: unknown } | null)?.id === "last";
        let index = 1;
        for (let line = await client.line(index); !isLast(line); line = await client.line(++index)) {
          expect(line).toBeDefined();
          for (const answer of [line].flat()) {
            if (answer !== undefined && "error" in answer) expect(codeOf(answer)).toMatch(/^API_[A-Z_]+$/);
          }
        }
        client.socket.destroy();
      }),
      { numRuns: 60 },
    );
  });
});
