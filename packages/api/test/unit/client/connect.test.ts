import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Principal } from "@weftos/interface";
import { nodePlatform } from "@weftos/platform";
import { manualClock } from "@weftos/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connect } from "../../../src/client.ts";
import { type Serving, serving } from "../serving.ts";

let at: Serving;
beforeEach(async () => {
  at = await serving();
});
afterEach(async () => {
  await at.dispose();
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise<void>((resolve) => setImmediate(resolve));
}

describe("a client", () => {
  it("calls methods and gets their results", async () => {
    const client = await connect(at.files, at.dir, { clock: at.clock });
    expect(await client.call("echo", { a: [1, "ü"] })).toMatchObject({ input: { a: [1, "ü"] } });
    expect(await client.call("echo")).toMatchObject({ input: null });
    await client.close();
  });

  it("finds a kernel without a state directory by its files in memory", async () => {
    const memory = await serving({ persistent: false });
    const client = await connect(memory.files, memory.dir, { clock: memory.clock });
    expect(await client.call("echo")).toMatchObject({ role: "admin" });
    await client.close();
    await memory.dispose();
  });

  it("calls as the principal whose token it is given, and as nobody with another", async () => {
    const bob = { name: "bob", role: "operator", state: "active" } as Principal;
    const people = await serving({
      principals: {
        owner: () => undefined,
        list: () => [bob],
        find: () => bob,
        byToken: (token) => (token === "of bob" ? bob : undefined),
      },
    });
    const client = await connect(people.files, people.dir, { clock: people.clock, token: "of bob" });
    expect(await client.call("echo")).toMatchObject({ subject: { kind: "principal", id: "bob" }, role: "operator" });
    await client.close();
    await expect(connect(people.files, people.dir, { clock: people.clock, token: "of eve" })).rejects.toMatchObject({
      code: "API_UNAUTHENTICATED",
    });
    await people.dispose();
  });

  it("raises errors with the code that they have in the daemon", async () => {
    const client = await connect(at.files, at.dir, { clock: at.clock });
    await expect(client.call("no.such")).rejects.toMatchObject({
      code: "API_METHOD_NOT_FOUND",
      isWeftError: true,
      details: { method: "no.such" },
    });
    await client.close();
  });

  it("is told what rules warn of, beside a result and beside an error, and only of its own call", async () => {
    const client = await connect(at.files, at.dir, { clock: at.clock });
    const told: string[] = [];
    const onWarnings = (warnings: readonly string[]): void => void told.push(...warnings);
    const [answer] = await Promise.all([
      client.call("warn", {}, { onWarnings }),
      client.call("echo", {}, { onWarnings: () => told.push("of another call") }),
    ]);
    expect(answer).toEqual({ done: true });
    expect(told.splice(0)).toEqual(["R-1: mind this", "R-2: and that"]);
    await expect(client.call("warn", { fail: true }, { onWarnings })).rejects.toMatchObject({
      code: "API_METHOD_NOT_FOUND",
    });
    expect(told).toEqual(["R-1: mind this", "R-2: and that"]);
    await client.close();
  });

  it("runs many calls at once and keeps them apart", async () => {
    const client = await connect(at.files, at.dir, { clock: at.clock });
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => client.call("echo", { n })));
    expect(answers.map((answer) => (answer as { input: { n: number } }).input.n)).toEqual([...Array(50).keys()]);
    await client.close();
  });

  it("cancels a call in the daemon when its signal aborts", async () => {
    const client = await connect(at.files, at.dir, { clock: at.clock });
    const abort = new AbortController();
    const answer = client.call("wait", {}, { signal: abort.signal });
    await until(() => at.waiting.length === 1);
    abort.abort(new Error("enough"));
    await expect(answer).rejects.toThrow("enough");
    await until(() => at.waiting[0]?.caller.signal.aborted === true);
    expect(await client.call("echo")).toMatchObject({ role: "admin" });
    await client.close();
  });

  it("gives up on a call after its time and cancels it", async () => {
    const client = await connect(at.files, at.dir, { clock: at.clock });
    const answer = client.call("wait", {}, { timeoutMs: 100 });
    const refused = expect(answer).rejects.toMatchObject({
      code: "API_TIMEOUT",
      details: { method: "wait", timeoutMs: 100 },
    });
    await until(() => at.waiting.length === 1);
    await at.clock.advance(100);
    await refused;
    await until(() => at.waiting[0]?.caller.signal.aborted === true);
    await client.close();
  });

  it("refuses to send more than a message may hold", async () => {
    const client = await connect(at.files, at.dir, { clock: at.clock });
    await expect(client.call("echo", { text: "x".repeat(17 * 1024 * 1024) })).rejects.toMatchObject({
      code: "API_MESSAGE_TOO_LARGE",
    });
    expect(await client.call("echo")).toMatchObject({ role: "admin" });
    await client.close();
  });

  it("says that the connection is lost when the daemon goes while a call runs, and ever after", async () => {
    const client = await connect(at.files, at.dir, { clock: at.clock });
    const answer = client.call("wait");
    const lost = expect(answer).rejects.toMatchObject({ code: "API_CONNECTION_LOST" });
    await until(() => at.waiting.length === 1);
    const now = new AbortController();
    now.abort();
    await at.stop(now.signal);
    await lost;
    await expect(client.call("echo")).rejects.toMatchObject({ code: "API_CONNECTION_LOST" });
    await client.close();
  });

  it("refuses calls after its close", async () => {
    const client = await connect(at.files, at.dir, { clock: at.clock });
    await client.close();
    await expect(client.call("echo")).rejects.toMatchObject({ code: "API_CONNECTION_LOST" });
  });
});

describe("without a daemon", () => {
  const { files } = nodePlatform();

  it("a folder that never had one says so", async () => {
    await expect(connect(files, "/no/such/state", { clock: manualClock() })).rejects.toMatchObject({
      code: "API_NO_DAEMON",
      details: { dir: "/no/such/state", reason: "NO_ENDPOINT" },
    });
  });

  it("an endpoint that a dead one left says so", async () => {
    const endpoint = await files.read(`${at.dir}/run/endpoint.json`);
    const token = await files.read(`${at.dir}/run/token`);
    await at.stop();
    await files.writeAtomic(`${at.dir}/run/endpoint.json`, endpoint);
    await expect(connect(files, at.dir, { clock: at.clock })).rejects.toMatchObject({
      details: { reason: "NO_TOKEN" },
    });
    await files.writeAtomic(`${at.dir}/run/token`, token);
    await expect(connect(files, at.dir, { clock: at.clock })).rejects.toMatchObject({
      code: "API_NO_DAEMON",
      details: { reason: "ENOENT" },
    });
    await files.writeAtomic(`${at.dir}/run/socket`, new Uint8Array(0));
    await expect(connect(files, at.dir, { clock: at.clock })).rejects.toMatchObject({
      code: "API_NO_DAEMON",
      details: { reason: "ECONNREFUSED" },
    });
  });

  it.each(["{", "[]", '{"version":2,"socket":"/s","pid":1}', '{"version":1,"pid":1}', '{"version":1,"socket":"/s"}'])(
    "an endpoint of %s is none",
    async (text) => {
      await files.writeAtomic(`${at.dir}/run/endpoint.json`, new TextEncoder().encode(text));
      await expect(connect(files, at.dir, { clock: at.clock })).rejects.toMatchObject({ code: "API_NO_DAEMON" });
    },
  );

  it("an old token is refused by name", async () => {
    await files.writeAtomic(`${at.dir}/run/token`, new TextEncoder().encode("0".repeat(64)));
    await expect(connect(files, at.dir, { clock: at.clock })).rejects.toMatchObject({ code: "API_UNAUTHENTICATED" });
  });
});

describe("with a daemon that is not well", () => {
  const { files } = nodePlatform();

  async function against(
    onLine: (write: (text: string) => void, hangUp: () => void) => void,
    test: (dir: string) => Promise<void>,
  ): Promise<void> {
    const dir = await mkdtemp(join(tmpdir(), "weft-ill-"));
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () =>
        onLine(
          (text) => socket.write(text),
          () => socket.destroy(),
        ),
      );
    });
    await new Promise<void>((resolve) => server.listen(`${dir}/s`, resolve));
    await files.makeFolder(`${dir}/run`);
    await files.writeAtomic(
      `${dir}/run/endpoint.json`,
      new TextEncoder().encode(JSON.stringify({ version: 1, socket: `${dir}/s`, pid: 1 })),
    );
    await files.writeAtomic(`${dir}/run/token`, new TextEncoder().encode("t"));
    try {
      await test(dir);
    } finally {
      await new Promise((resolve) => server.close(resolve));
      await rm(dir, { recursive: true });
    }
  }

  it("a hung one is told from none by API_TIMEOUT", async () => {
    const clock = manualClock();
    let heard = false;
    await against(
      () => {
        heard = true;
      },
      async (dir) => {
        const refused = expect(connect(files, dir, { clock })).rejects.toMatchObject({
          code: "API_TIMEOUT",
          details: { method: "auth", timeoutMs: 5000 },
        });
        await until(() => heard);
        await clock.advance(5000);
        await refused;
      },
    );
  });

  it.each([
    ["no JSON", "hello\n"],
    ["no answer of JSON-RPC", '{"id":1}\n'],
    ["an error of no form", '{"jsonrpc":"2.0","id":1,"error":7}\n'],
  ])("one that says %s is a lost connection", async (_what, text) => {
    await against(
      (write) => write(text),
      async (dir) => {
        await expect(connect(files, dir, { clock: manualClock() })).rejects.toMatchObject({
          code: "API_CONNECTION_LOST",
        });
      },
    );
  });

  it("one that hangs up without a word was killed: there is none", async () => {
    await against(
      (_write, hangUp) => hangUp(),
      async (dir) => {
        await expect(connect(files, dir, { clock: manualClock() })).rejects.toMatchObject({
          code: "API_NO_DAEMON",
          details: { reason: "HUNG_UP" },
        });
      },
    );
  });

  it("an error of no code of ours is API_INTERNAL", async () => {
    await against(
      (write) => write('{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}}\n'),
      async (dir) => {
        await expect(connect(files, dir, { clock: manualClock() })).rejects.toMatchObject({ code: "API_INTERNAL" });
      },
    );
  });

  it("an abort ends the wait", async () => {
    const abort = new AbortController();
    await against(
      () => abort.abort(new Error("stop")),
      async (dir) => {
        await expect(connect(files, dir, { clock: manualClock(), signal: abort.signal })).rejects.toThrow("stop");
      },
    );
  });
});
