import {
  type AgentContext,
  defineAgent,
  type IpcScope,
  type Message,
  type PublishResult,
  toPid,
} from "@weftos/interface";
import { type TestKernel, testKernel } from "@weftos/testkit/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let kernel: TestKernel<readonly []>["kernel"];
beforeAll(async () => {
  kernel = (await testKernel()).kernel;
});
afterAll(() => kernel.shutdown());

/** Runs code as an agent, and gives what it gives. */
async function as<T>(ipcScope: IpcScope, run: (agent: AgentContext) => Promise<T>): Promise<T> {
  const { promise, resolve, reject } = deferred<T>();
  const agent = defineAgent({ name: "tester", run: (context) => run(context).then(resolve, reject) });
  await kernel.process.spawn(agent, { capabilities: { ipcScope } });
  return await promise;
}

function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<T>((done, fail) => {
    resolve = done;
    reject = fail;
  });
  return { promise, resolve, reject };
}

describe("an agent in a worker", () => {
  it("acknowledges, answers and publishes under the trace of the message it took", async () => {
    const stream = await kernel.ipc.stream("out");
    const read = stream[Symbol.asyncIterator]();
    const { pid } = await kernel.process.spawn(new URL("./agents/relay.ts", import.meta.url), { backend: "worker" });
    const trace = `${"a".repeat(32)}-${"b".repeat(16)}`;
    const answered = await kernel.ipc.request(pid, "ask" as never, { trace });
    expect(answered).toMatchObject({ payload: "ask", from: pid, trace });
    expect((await read.next()).value).toMatchObject({ payload: { payload: "ask" }, trace, from: pid });
    expect((await kernel.ipc.send(pid, "keep" as never, { reliable: true })).status).toBe("queued");
    const kept = (await read.next()).value as Message;
    expect(kept).toMatchObject({ payload: { payload: "keep", attempt: 1 }, trace: undefined });
    await kernel.ipc.publish("in.x", { hello: "topic" });
    expect((await read.next()).value).toMatchObject({ payload: { payload: { hello: "topic" } } });
    expect(kernel.ipc.trace("a".repeat(32)).map(({ status }) => status)).toEqual([
      "delivered",
      "delivered",
      "answered",
    ]);
    stream.end();
  });
});

describe("a scope", () => {
  it("binds topics, patterns, services, broadcasts, the kernel and other nodes, not only processes", async () => {
    const idle = defineAgent({
      name: "idle",
      run: (agent) => new Promise((resolve) => agent.signal.addEventListener("abort", () => resolve())),
    });
    const { pid } = await kernel.process.spawn(idle);
    await kernel.services.register("bound", { kind: "process", pid });
    const denied = { code: "CAPABILITY_DENIED" };
    const remote = { kind: "remote", node: "0".repeat(32), target: { kind: "kernel" } } as never;
    for (const scope of [{ kind: "none" }, { kind: "restricted", pids: [] }, { kind: "parentOnly" }] as const) {
      await as(scope, async (agent) => {
        await expect(agent.publish("news", 1)).rejects.toMatchObject(denied);
        await expect(agent.subscribe("news.>")).rejects.toMatchObject(denied);
        await expect(agent.send({ kind: "service", service: "bound" }, 1)).rejects.toMatchObject(denied);
        await expect(agent.send({ kind: "process", pid }, 1)).rejects.toMatchObject(denied);
        await expect(agent.send(remote, 1)).rejects.toMatchObject(denied);
        expect((await agent.broadcast(1)).delivered).toBe(0);
      });
    }
    const counts = await as<PublishResult>({ kind: "topic", topics: ["news.*"] }, async (agent) => {
      await agent.subscribe("news.>");
      await expect(agent.subscribe(">")).rejects.toMatchObject(denied);
      await expect(agent.subscribe("*.x")).rejects.toMatchObject(denied);
      await expect(agent.publish("other", 1)).rejects.toMatchObject(denied);
      return await agent.publish("news.x", 1);
    });
    expect(counts).toEqual({ delivered: 0, refused: 0 });
    await as({ kind: "restricted", pids: [toPid(pid)] }, async (agent) => {
      expect((await agent.send({ kind: "service", service: "bound" }, 1)).status).toBe("delivered");
    });
    expect(kernel.ipc.depth(pid)).toBe(1);
  });
});
