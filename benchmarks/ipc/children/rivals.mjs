// Prints what the rivals do a second, as JSON. None of them checks a right, asks a gate or records anything. Each runs in the shape
// that is best for it: those that send without a promise wait for none, where ours waits for each of its sends.

import { Worker } from "node:worker_threads";
import { ServiceBroker } from "moleculer";
import { dispatch, query, spawnStateless, start } from "nact";
import { createActor, createMachine } from "xstate";
import { fastest } from "./fastest.ts";

const [what = "nactDispatch"] = process.argv.slice(2);
let p50us = 0;
const rate = (count, started) => count / ((performance.now() - started) / 1000);

const measures = {
  /** In lots of 1000, each handled before the next: a mailbox that holds all of them at once is a tenth slower. */
  async nactDispatch() {
    const count = 200_000;
    const lot = 1000;
    const system = start();
    let awaited = 0;
    let finish = () => undefined;
    const sink = spawnStateless(system, () => {
      awaited -= 1;
      if (awaited === 0) finish();
    });
    return await fastest(count, async () => {
      for (let sent = 0; sent < count; sent += lot) {
        const { promise, resolve } = Promise.withResolvers();
        awaited = lot;
        finish = resolve;
        for (let index = 0; index < lot; index += 1) dispatch(sink, index);
        await promise;
      }
    });
  },

  /** One after the other, as ours: each is a message, a reply and a timer, and waits for two turns of the event loop. */
  async nactQuery() {
    const count = 100_000;
    const system = start();
    const echo = spawnStateless(system, (message) => dispatch(message.sender, message.value));
    const ask = (value) => query(echo, (sender) => ({ value, sender }), 30_000);
    const perSecond = await fastest(count, async () => {
      for (let index = 0; index < count; index += 1) await ask(index);
    });
    const took = new Float64Array(count);
    for (let index = 0; index < count; index += 1) {
      const before = performance.now();
      await ask(index);
      took[index] = performance.now() - before;
    }
    took.sort();
    p50us = took[count / 2] * 1000;
    return perSecond;
  },

  /** What a thread allows at most: one small object there and back, nothing done with it. */
  async barePostMessage() {
    const count = 50_000;
    const echo =
      'const { parentPort } = require("node:worker_threads"); parentPort.on("message", (m) => parentPort.postMessage(m));';
    const worker = new Worker(echo, { eval: true });
    const round = (total) =>
      new Promise((resolve) => {
        let sent = 0;
        let got = 0;
        const send = () => {
          sent += 1;
          worker.postMessage({ id: sent, payload: sent });
        };
        worker.removeAllListeners("message").on("message", () => {
          got += 1;
          if (got === total) resolve();
          else if (sent < total) send();
        });
        for (let index = 0; index < 256; index += 1) send();
      });
    await round(5000);
    const started = performance.now();
    await round(count);
    return rate(count, started);
  },

  /** The machine acts within the call: nothing is queued, and nobody waits. */
  async xstateSend() {
    const count = 200_000;
    let seen = 0;
    const machine = createMachine({
      on: {
        message: {
          actions: () => {
            seen += 1;
          },
        },
      },
    });
    const actor = createActor(machine).start();
    return await fastest(count, async () => {
      const before = seen;
      for (let index = 0; index < count; index += 1) actor.send({ type: "message", index });
      if (seen !== before + count) throw new Error(`expected ${count} messages, got ${seen - before}`);
    });
  },

  async moleculerCall() {
    const count = 100_000;
    const broker = new ServiceBroker({ logger: false });
    broker.createService({ name: "echo", actions: { say: (context) => context.params.value } });
    await broker.start();
    const perSecond = await fastest(count, async () => {
      for (let index = 0; index < count; index += 1) await broker.call("echo.say", { value: index });
    });
    await broker.stop();
    return perSecond;
  },

  /** The ceiling: what is sent is taken at once, by nobody else. */
  async arrayQueue() {
    const count = 200_000;
    const queue = [];
    return await fastest(count, async () => {
      for (let index = 0; index < count; index += 1) {
        queue.push(index);
        await undefined;
        queue.shift();
      }
    });
  },
};

const perSecond = await measures[what]();
console.log(JSON.stringify({ perSecond, p50us }));
process.exit(0);
