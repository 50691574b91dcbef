// What a program does that is killed while it sends: reliable messages and messages of a durable topic, to an agent that is started
// again by each kernel. Tells each that was promised on its output. Run by the kill -9 test.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Pid } from "@weftos/interface";
import type { testKernel } from "@weftos/testkit/kernel";

type TestedKernel = Awaited<ReturnType<typeof testKernel>>["kernel"];

const keeper = new URL("./agents/keeper.ts", import.meta.url);

/** @param first - number of the first message; undefined: none is sent, what was promised before is delivered */
export async function sendUntilKilled(kernel: TestedKernel, first: number | undefined): Promise<void> {
  const known = kernel.ipc.durables.list().length > 0;
  if (!known) await kernel.process.spawn(keeper, { name: "keeper", restart: { type: "permanent" } });
  const pid = await readerOf(kernel);
  process.stdout.write(`letters ${kernel.ipc.deadLetters.list().length}\n`);
  if (first === undefined) return;
  let number = first;
  const loop = async (send: (number: number) => Promise<unknown>): Promise<never> => {
    for (;;) {
      number += 1;
      const own = number;
      await send(own);
      process.stdout.write(`promised ${own}\n`);
    }
  };
  const reliably = (payload: number) => kernel.ipc.send(pid, payload, { reliable: true, key: String(payload) });
  const published = (payload: number) => kernel.ipc.publish("orders.new", payload);
  await Promise.all([reliably, reliably, reliably, published].map(loop));
}

async function readerOf(kernel: TestedKernel): Promise<Pid> {
  for (;;) {
    const reader = kernel.ipc.durables.list()[0]?.reader;
    if (reader !== undefined) return reader;
    await nextTurn();
  }
}
