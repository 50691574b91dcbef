// Prints how many messages a second one inline agent sends to another: capability checked, gate asked, audited by
// digest, chain on disk. A sender that finds the mailbox full gives the receiver a turn and sends again.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { defineAgent, isWeftError, Kernel } from "weftos";

const COUNT = 500_000;
const dir = mkdtempSync(join(tmpdir(), "weftos-bench-"));
const kernel = await Kernel.boot({ dir: join(dir, "state") });
const { promise: finished, resolve: finish } = Promise.withResolvers();
const sink = defineAgent({
  name: "sink",
  async run(agent) {
    let seen = 0;
    for await (const _ of agent.inbox) {
      seen += 1;
      if (seen === COUNT) finish();
    }
  },
});
const receiver = await kernel.process.spawn(sink);
const source = defineAgent({
  name: "source",
  async run(agent) {
    for (let sent = 0; sent < COUNT; ) {
      try {
        await agent.send(receiver, sent);
        sent += 1;
      } catch (error) {
        if (!isWeftError(error) || !error.retryable) throw error;
        await nextTurn();
      }
    }
  },
});
const started = performance.now();
await kernel.process.spawn(source);
await finished;
const rate = COUNT / ((performance.now() - started) / 1000);
await kernel.shutdown();
rmSync(dir, { recursive: true });
console.log(rate);
