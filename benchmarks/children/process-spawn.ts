// Prints how many inline agents a second a kernel starts, each guarded and recorded in a chain on disk, and how much of the heap
// each of them holds while it waits for a message; the same of the actors of nact and xstate, which record nothing.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { dispatch, spawn, start, stop } from "nact";
import { defineAgent, Kernel } from "weftos";
import { createActor, setup } from "xstate";

const COUNT = 10_000;
const TOGETHER = 100;
/** Rounds of starts before the measurement: the code that is compiled meanwhile is no agent's memory. */
const WARM_UP = 60;
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

async function heap(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    collect();
    await wait(50);
  }
  return process.memoryUsage().heapUsed;
}

interface Figures {
  readonly rate: number;
  readonly bytes: number;
}

/** Makes actors in groups, and keeps them. @param settle - waits for what goes on behind them */
async function measure(make: () => unknown, settle = async (): Promise<void> => undefined): Promise<Figures> {
  const kept = new Array<unknown>(COUNT);
  await settle();
  const before = await heap();
  const started = performance.now();
  for (let made = 0; made < COUNT; made += TOGETHER) {
    const group = await Promise.all(Array.from({ length: TOGETHER }, make));
    for (const [at, actor] of group.entries()) kept[made + at] = actor;
  }
  const rate = COUNT / ((performance.now() - started) / 1000);
  await settle();
  const bytes = ((await heap()) - before) / kept.length;
  return { rate, bytes };
}

const dir = mkdtempSync(join(tmpdir(), "weftos-bench-"));
const kernel = await Kernel.boot({ dir: join(dir, "state"), logLevels: "error" });
const idle = defineAgent({
  name: "idle",
  async run(agent) {
    for await (const message of agent.inbox) await agent.reply(message, message.payload);
  },
});
for (let round = 0; round < WARM_UP; round += 1) {
  const handles = await Promise.all(Array.from({ length: TOGETHER }, () => kernel.process.spawn(idle)));
  await Promise.all(handles.map((handle) => kernel.process.stop(handle)));
}
kernel.process.reap();
const ours = await measure(
  () => kernel.process.spawn(idle),
  // What is not on disk yet is no agent's memory.
  async () => void (await kernel.exochain.checkpoint()),
);
await kernel.shutdown();
rmSync(dir, { recursive: true });

const system = start();
let names = 0;
const nact = await measure(() => {
  names += 1;
  const actor = spawn(system, (state: unknown, _message: unknown) => state, `actor-${names}`);
  dispatch(actor, "first");
  return actor;
});
stop(system);

const machine = setup({}).createMachine({ initial: "idle", states: { idle: { on: { message: "idle" } } } });
const xstate = await measure(() => {
  const actor = createActor(machine);
  actor.start();
  return actor;
});

console.log(
  JSON.stringify({
    rate: ours.rate,
    bytes: ours.bytes,
    nactRate: nact.rate,
    nactBytes: nact.bytes,
    xstateRate: xstate.rate,
    xstateBytes: xstate.bytes,
  }),
);
process.exit(0);
