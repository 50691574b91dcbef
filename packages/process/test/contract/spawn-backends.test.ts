import { defineAgent, type EventSource, toPid } from "@weftos/interface";
import { nodePlatform } from "@weftos/platform";
import { manualClock } from "@weftos/testkit";
import { spawnBackendContract } from "@weftos/testkit/contract";
import { Heartbeat } from "../../src/backends/heartbeat.ts";
import { InlineBackend } from "../../src/backends/inline-backend.ts";
import { nodeKnows } from "../../src/backends/node-permissions.ts";
import { ProcessBackend } from "../../src/backends/process-backend.ts";
import { Apart } from "../../src/backends/run-apart.ts";
import { WorkerBackend } from "../../src/backends/worker-backend.ts";
import type { ProcessEvents } from "../../src/index.ts";
import sleeps from "../agents/contract-sleeps.ts";

spawnBackendContract("inline", {
  async create() {
    return {
      backend: new InlineBackend(manualClock()),
      agents: {
        sends: defineAgent({
          name: "sends",
          async run(agent) {
            await agent.send(toPid(0), agent.input);
          },
        }),
        crashes: defineAgent({
          name: "crashes",
          async run() {
            throw new Error("planned");
          },
        }),
        echoes: defineAgent({
          name: "echoes",
          async run(agent) {
            for await (const { payload } of agent.inbox) await agent.send(toPid(0), payload);
          },
        }),
        ignores: defineAgent({ name: "ignores", run: () => new Promise(() => {}) }),
        remembers: defineAgent({
          name: "remembers",
          async run(agent) {
            await agent.send(toPid(0), (await agent.state.get("count")) ?? null);
            await agent.state.set("count", 1);
          },
        }),
        sleeps,
        missing: new URL("./none.ts", import.meta.url),
        throwsAtLoad: new URL("../agents/throws-at-load.ts", import.meta.url),
      },
      apart: { missing: "its agents run in the kernel's own thread, which they harm: the documentation says so" },
      dispose: async () => {},
    };
  },
});

const module = (name: string): URL => new URL(`../agents/${name}`, import.meta.url);
const agents = {
  sends: module("contract-sends.ts"),
  crashes: module("contract-crashes.ts"),
  echoes: module("contract-echoes.ts"),
  ignores: module("contract-ignores.ts"),
  remembers: module("contract-remembers.ts"),
  sleeps: module("contract-sleeps.ts"),
  missing: module("none.ts"),
  throwsAtLoad: module("throws-at-load.ts"),
};
const harmful = {
  prints: module("contract-apart.ts#prints"),
  rejects: module("contract-apart.ts#rejects"),
  loops: module("contract-apart.ts#loops"),
  bombs: module("contract-apart.ts#bombs"),
  exits: module("contract-apart.ts#exits"),
};
const times = { intervalMs: 100, hungMs: 500 };
const silence: EventSource<ProcessEvents> = { on: () => () => undefined };

function apart() {
  const clock = manualClock();
  return { clock, apart: new Apart(clock, new Heartbeat(clock, times), silence) };
}

spawnBackendContract("worker", {
  async create() {
    const { clock, apart: shared } = apart();
    return {
      backend: new WorkerBackend(64, shared),
      agents,
      apart: {
        ...harmful,
        bombs: {
          missing: "it may end all of its program: unit/backends/memory-bombs.test.ts starts it in one of its own",
        },
        pass: (ms) => clock.advance(ms),
        hungMs: times.hungMs,
      },
      dispose: async () => {},
    };
  },
});

const disk = nodePlatform().files;

spawnBackendContract("process", {
  async create() {
    const { clock, apart: shared } = apart();
    return {
      backend: new ProcessBackend({ apart: shared, disk, memoryMb: 64, knowsFlag: nodeKnows }),
      agents,
      apart: { ...harmful, pass: (ms) => clock.advance(ms), hungMs: times.hungMs },
      dispose: async () => {},
    };
  },
});
