// Prints what messaging of a whole kernel does a second, as JSON: capability checked, gate asked, each message in a digest record,
// the chain on disk. Takes the name of one measurement.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { defineAgent, isWeftError, Kernel, type Pid } from "weftos";
import { fastest } from "./fastest.ts";

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

const [what = "send"] = process.argv.slice(2);
const dir = mkdtempSync(join(tmpdir(), "weftos-bench-"));
const kernel = await Kernel.boot({ dir: join(dir, "state") });

const measures: Record<string, () => Promise<Record<string, number>>> = {
  /** One agent sends and waits for each `send`; another takes what comes. A full mailbox refuses, and the sender tries again a turn later. */
  async send() {
    const count = 200_000;
    let awaited = 0;
    let finish = (): void => undefined;
    const receiver = await kernel.process.spawn(
      defineAgent({
        name: "sink",
        async run(agent) {
          for await (const _ of agent.inbox) {
            awaited -= 1;
            if (awaited === 0) finish();
          }
        },
      }),
    );
    const { promise, resolve } = deferred<number>();
    const source = defineAgent({
      name: "source",
      async run(agent) {
        const sendAll = async (): Promise<void> => {
          const { promise: finished, resolve: done } = deferred<void>();
          awaited = count;
          finish = done;
          for (let sent = 0; sent < count; ) {
            try {
              await agent.send(receiver, sent);
              sent += 1;
            } catch (error) {
              if (!isWeftError(error) || !error.retryable) throw error;
              await nextTurn();
            }
          }
          await finished;
        };
        resolve(await fastest(count, sendAll));
      },
    });
    await kernel.process.spawn(source);
    return { perSecond: await promise };
  },

  /** One agent asks, waits for the reply and asks again: two messages, each checked, gated and recorded. */
  async request() {
    const count = 100_000;
    const echo = await kernel.process.spawn(
      defineAgent({
        name: "echo",
        async run(agent) {
          for await (const message of agent.inbox) await agent.reply(message, message.payload);
        },
      }),
    );
    const { promise, resolve } = deferred<Record<string, number>>();
    const asker = defineAgent({
      name: "asker",
      async run(agent) {
        const perSecond = await fastest(count, async () => {
          for (let index = 0; index < count; index += 1) await agent.request(echo, index);
        });
        const took = new Float64Array(count);
        for (let index = 0; index < count; index += 1) {
          const before = performance.now();
          await agent.request(echo, index);
          took[index] = performance.now() - before;
        }
        took.sort();
        resolve({ perSecond, p50us: (took[count / 2] as number) * 1000, p99us: (took[count * 0.99] as number) * 1000 });
      },
    });
    await kernel.process.spawn(asker);
    return await promise;
  },

  async fanOut() {
    const subscribers = 1000;
    const rounds = 500;
    let got = 0;
    const ready: Promise<void>[] = [];
    const { promise: finished, resolve: finish } = deferred<void>();
    for (let index = 0; index < subscribers; index += 1) {
      const { promise, resolve } = deferred<void>();
      ready.push(promise);
      await kernel.process.spawn(
        defineAgent({
          name: "listener",
          async run(agent) {
            await agent.subscribe("news");
            resolve();
            for await (const _ of agent.inbox) {
              got += 1;
              if (got === subscribers * rounds) finish();
            }
          },
        }),
        { mailboxLimit: rounds },
      );
    }
    await Promise.all(ready);
    const started = performance.now();
    for (let round = 0; round < rounds; round += 1) await kernel.ipc.publish("news", round);
    await finished;
    return { perSecond: (subscribers * rounds) / ((performance.now() - started) / 1000) };
  },

  async topics() {
    const subscribe = async (first: number, count: number): Promise<void> => {
      const { promise, resolve } = deferred<void>();
      await kernel.process.spawn(
        defineAgent({
          name: "listener",
          async run(agent) {
            for (let index = first; index < first + count; index += 1)
              await agent.subscribe(`t${index % 317}.${index}`);
            resolve();
            for await (const _ of agent.inbox);
          },
        }),
      );
      await promise;
    };
    const publish = async (): Promise<number> => {
      const count = 50_000;
      const perSecond = await fastest(count, async () => {
        for (let index = 0; index < count; index += 1)
          await kernel.ipc.publish(`t${index % 100}.${index % 100}`, index);
      });
      return 1e9 / perSecond;
    };
    await subscribe(0, 100);
    const few = await publish();
    for (let first = 100; first < 100_000; first += 900) await subscribe(first, 900);
    // The records of a hundred thousand subscriptions are written first.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const many = await publish();
    return { fewNs: few, manyNs: many, ratio: many / few };
  },

  async worker() {
    const count = 50_000;
    const inFlight = 256;
    const { pid } = await kernel.process.spawn(new URL("./echo-agent.ts", import.meta.url), { backend: "worker" });
    for (let index = 0; index < 2000; index += 1) await kernel.ipc.request(pid as Pid<never>, index as never);
    let next = 0;
    const started = performance.now();
    await Promise.all(
      Array.from({ length: inFlight }, async () => {
        while (next < count) {
          next += 1;
          await kernel.ipc.request(pid as Pid<never>, next as never);
        }
      }),
    );
    return { perSecond: count / ((performance.now() - started) / 1000) };
  },

  async bytes() {
    // The most that a mailbox may hold.
    const count = 65_536;
    const idle = await kernel.process.spawn(
      defineAgent({
        name: "idle",
        run: (agent) => new Promise((resolve) => agent.signal.addEventListener("abort", () => resolve())),
      }),
      { mailboxLimit: count },
    );
    for (let index = 0; index < 1000; index += 1) await kernel.ipc.send(idle, "warm");
    const collect = globalThis.gc;
    if (collect === undefined) throw new Error("run with --expose-gc");
    await new Promise((resolve) => setTimeout(resolve, 300));
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let index = 0; index < count - 1000; index += 1) await kernel.ipc.send(idle, "same payload");
    await new Promise((resolve) => setTimeout(resolve, 300));
    collect();
    return { bytes: (process.memoryUsage().heapUsed - before) / (count - 1000) };
  },
};

const measure = measures[what];
if (measure === undefined) throw new Error(`expected one of ${Object.keys(measures).join(", ")}, got ${what}`);
const result = await measure();
await kernel.shutdown();
rmSync(dir, { recursive: true });
console.log(JSON.stringify(result));
