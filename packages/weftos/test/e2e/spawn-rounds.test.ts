import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { queryObjects } from "node:v8";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AgentContext, defineAgent, Kernel } from "../../src/index.ts";

const ROUNDS = 1000;
/** Less than one agent takes: the heap also grows by the code that is compiled meanwhile. */
const MOST_BYTES_A_ROUND = 1024;
/** Objects of a general kind that may come and go beside the rounds: far less than one for each. */
const SOME = ROUNDS / 20;

type Class = new (...args: never[]) => object;

/** Live objects of a class, after a collection of garbage. */
function count(made: Class): number {
  return queryObjects(made as Parameters<typeof queryObjects>[0], { format: "count" }) as unknown as number;
}

function classOf(object: object): Class {
  return Object.getPrototypeOf(object).constructor as Class;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "weftos-rounds-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("a thousand rounds of a start and an end", () => {
  it("leave no object of an agent, no node, and no heap", { timeout: 60_000 }, async () => {
    const kernel = await Kernel.boot({ dir: join(folder, "state"), logLevels: "error" });
    const kinds: Class[] = [];
    const probe = defineAgent({
      name: "probe",
      async run(agent: AgentContext) {
        kinds.push(classOf(agent), classOf(agent.inbox));
      },
    });
    const answering = defineAgent({
      name: "answering",
      async run(agent) {
        for await (const message of agent.inbox) await agent.reply(message, message.payload);
      },
    });
    const handle = await kernel.process.spawn(probe);
    kinds.push(classOf(handle));
    await handle.exited;
    const rounds = async (): Promise<number> => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const started = await kernel.process.spawn(answering);
        await kernel.ipc.request(started, "hello");
        await kernel.process.stop(started);
      }
      kernel.process.reap();
      await kernel.exochain.checkpoint();
      // What counts objects collects garbage first.
      count(classOf(handle));
      return process.memoryUsage().heapUsed;
    };
    const heapBefore = await rounds();
    const nodes = kernel.exochain.tree.stats().nodes;
    const general = [Map, Set, Promise, AbortController, Uint8Array];
    const before = general.map(count);
    const heapAfter = await rounds();
    // The handle of the probe is this test's own.
    expect(kinds.map(count)).toEqual([0, 0, 1]);
    for (const [at, kind] of general.entries()) expect(count(kind) - (before[at] ?? 0), kind.name).toBeLessThan(SOME);
    expect(kernel.exochain.tree.stats().nodes).toBe(nodes);
    expect(kernel.process.list()).toHaveLength(1);
    expect((heapAfter - heapBefore) / ROUNDS).toBeLessThan(MOST_BYTES_A_ROUND);
    expect(handle.name).toBe("probe");
    await kernel.shutdown();
  });
});
