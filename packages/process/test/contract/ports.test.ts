import { type Capabilities, defineAgent, type Subject, toPid } from "@weftos/interface";
import { capabilityCheckContract, processDirectoryContract } from "@weftos/testkit/contract";
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
