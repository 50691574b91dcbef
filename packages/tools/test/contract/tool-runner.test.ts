import { defineAction, defineAgent, type Subject } from "@weftos/interface";
import { z } from "@weftos/schema";
import { toolRunnerContract } from "@weftos/testkit/contract";
import { testKernel } from "@weftos/testkit/kernel";
import { defineTool, tools } from "../../src/index.ts";

const input = z.strictObject({ left: z.int(), right: z.int() });
const add = defineTool({
  name: "sum.add",
  description: "Adds two numbers",
  input,
  action: defineAction({
    name: "sum.add",
    input,
    effect: {},
    audit: "logged",
    rights: ["tool"],
    run: ({ left, right }) => ({ sum: left + right }),
  }),
});
const idle = defineAgent({
  name: "idle",
  async run(agent) {
    for await (const _ of agent.inbox);
  },
});

toolRunnerContract("the registry of @weftos/tools", {
  async create() {
    const { kernel } = await testKernel({ features: [tools({ tools: [add] })] });
    const start = async (allow: readonly string[]): Promise<Subject> => {
      const { pid } = await kernel.process.spawn(idle, { capabilities: { tools: { allow } } });
      return { kind: "process", id: String(pid) };
    };
    return {
      runner: kernel.tools,
      holder: await start(["sum.add"]),
      bare: await start([]),
      tool: { name: "sum.add", input: { left: 20, right: 22 }, output: { sum: 42 }, invalid: { left: "20" } },
      async dispose() {
        await kernel.shutdown();
      },
    };
  },
});
