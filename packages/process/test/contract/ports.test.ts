import { type Capabilities, defineAgent, type Subject, toPid } from "@weftos/interface";
import { capabilityCheckContract, processDirectoryContract, spawnBackendContract } from "@weftos/testkit/contract";
import { InlineBackend } from "../../src/backends/inline-backend.ts";
import { WorkerBackend } from "../../src/backends/worker-backend.ts";
import { harness } from "../harness.ts";

const waits = defineAgent({
  name: "waits",
  async run(agent) {
    for await (const message of agent.inbox) await agent.reply(message, null);
  },
});

capabilityCheckContract("process", {
  async create() {
    const kernel = await harness();
    await kernel.platform.files.makeFolder("/srv/folder");
    return {
      check: kernel.capabilities,
      folder: "/srv/folder",
      async processWith(capabilities: Capabilities): Promise<Subject> {
        const { pid } = await kernel.process.spawn(waits, { capabilities });
        return { kind: "process", id: String(pid) };
      },
      dispose: () => kernel.shutdown(),
    };
  },
});

processDirectoryContract("process", {
  async create() {
    const kernel = await harness();
    const ended = new Map<number, Promise<unknown>>();
    return {
      directory: kernel.directory,
      async spawn(name) {
        const handle = await kernel.process.spawn(waits, { name });
        ended.set(handle.pid, handle.exited);
        return toPid(handle.pid);
      },
      async exit(pid) {
        kernel.control.kill(pid);
        await ended.get(pid);
      },
      dispose: () => kernel.shutdown(),
    };
  },
});

spawnBackendContract("inline", {
  async create() {
    return {
      backend: new InlineBackend(),
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
        waits,
        ignores: defineAgent({ name: "ignores", run: () => new Promise(() => {}) }),
        missing: new URL("./none.ts", import.meta.url),
      },
      dispose: async () => {},
    };
  },
});

const module = (name: string): URL => new URL(`../agents/contract-${name}.ts`, import.meta.url);

spawnBackendContract("worker", {
  async create() {
    return {
      backend: new WorkerBackend(64, { on: () => () => undefined }),
      agents: {
        sends: module("sends"),
        crashes: module("crashes"),
        waits: module("waits"),
        ignores: module("ignores"),
        missing: module("none"),
      },
      dispose: async () => {},
    };
  },
});
