import { defineAgent, type Pid } from "@weftos/interface";
import { expect, it } from "vitest";
import { harness } from "../../harness.ts";

it("ends many agents whose entries are dropped while it goes on", async () => {
  const { process, router, shutdown } = await harness({ init: { maxExited: 2 } });
  const idle = defineAgent({
    name: "idle",
    async run(agent) {
      for await (const _ of agent.inbox);
    },
  });
  const handles = await Promise.all(Array.from({ length: 50 }, () => process.spawn(idle)));
  const down = shutdown();
  // As a router that stops at the same time: every mailbox closes.
  for (const pid of [...router.mailboxes.keys()]) router.detach(pid as Pid);
  await down;
  await Promise.all(handles.map(({ exited }) => exited));
  expect(process.list()).toHaveLength(3);
});
