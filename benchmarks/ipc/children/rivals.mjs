// Prints what the rivals do a second, as JSON. None of them checks a right, asks a gate or records anything.

import { Worker } from "node:worker_threads";
import { ServiceBroker } from "moleculer";
import { dispatch, query, spawnStateless, start } from "nact";
import { createActor, createMachine } from "xstate";

const [what = "nactDispatch"] = process.argv.slice(2);
let p50us = 0;
const rate = (count, started) => count / ((performance.now() - started) / 1000);

const measures = {
  async nactDispatch() {
    const count = 500_000;
    const system = start();
    const { promise, resolve } = Promise.withResolvers();
    let seen = 0;
    const sink = spawnStateless(system, () => {
      seen += 1;
      if (seen === count) resolve();
    });
    const started = performance.now();
    for (let index = 0; index < count; index += 1) {
      dispatch(sink, index);
      await undefined;
    }
    await promise;
    return rate(count, started);
  },

  async nactQuery() {
    const count = 100_000;
    const system = start();
    const echo = spawnStateless(system, (message) => dispatch(message.sender, message.value));
    const ask = (value) => query(echo, (sender) => ({ value, sender }), 30_000);
    for (let index = 0; index < 20_000; index += 1) await ask(index);
    const took = new Float64Array(count);
    for (let index = 0; index < count; index += 1) {
      const before = performance.now();
      await ask(index);
      took[index] = performance.now() - before;
    }
    took.sort();
    p50us = took[count / 2] * 1000;
    const started = performance.now();
    for (let index = 0; index < count; index += 1) await ask(index);
    return rate(count, started);
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

  async xstateSend() {
    const count = 500_000;
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
    const started = performance.now();
    for (let index = 0; index < count; index += 1) {
      actor.send({ type: "message", index });
      await undefined;
    }
    if (seen !== count) throw new Error(`expected ${count} messages, got ${seen}`);
    return rate(count, started);
  },

  async moleculerCall() {
    const count = 100_000;
    const broker = new ServiceBroker({ logger: false });
    broker.createService({ name: "echo", actions: { say: (context) => context.params.value } });
    await broker.start();
    for (let index = 0; index < 20_000; index += 1) await broker.call("echo.say", { value: index });
    const started = performance.now();
    for (let index = 0; index < count; index += 1) await broker.call("echo.say", { value: index });
    const result = rate(count, started);
    await broker.stop();
    return result;
  },

  async arrayQueue() {
    const count = 500_000;
    const queue = [];
    const started = performance.now();
    for (let index = 0; index < count; index += 1) {
      queue.push(index);
      await undefined;
      queue.shift();
    }
    return rate(count, started);
  },
};

const perSecond = await measures[what]();
console.log(JSON.stringify({ perSecond, p50us }));
process.exit(0);
