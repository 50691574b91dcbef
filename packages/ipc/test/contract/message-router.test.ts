import type { Guard, Pid, ProcessState } from "@weftos/interface";
import { toPid } from "@weftos/interface";
import { manualClock, seededRandom } from "@weftos/testkit";
import { messageRouterContract } from "@weftos/testkit/contract";
import { DeadLetters } from "../../src/dead-letter/dead-letters.ts";
import { MessageIds } from "../../src/message/message-ids.ts";
import { Router } from "../../src/routing/router.ts";
import { TopicTable } from "../../src/topic/topic-table.ts";

const permitting: Guard = {
  perform: async (_call, run) => await run({ permit: undefined as never, intent: undefined, approval: undefined }),
  performSync: (_call, run) => run(),
  counts: () => ({ permit: 0, defer: 0, deny: 0 }),
};

messageRouterContract("the router of @weftos/ipc", {
  async create() {
    const clock = manualClock();
    const states = new Map<Pid, ProcessState>();
    let last = 0;
    const router = new Router({
      clock,
      guard: permitting,
      processes: () => ({ state: (pid) => states.get(pid) }),
      ids: new MessageIds(seededRandom(1)),
      topics: new TopicTable(),
      deadLetters: new DeadLetters(),
      onDeadLetter: () => undefined,
    });
    return {
      router,
      clock,
      async process() {
        last += 1;
        states.set(toPid(last), "running");
        return toPid(last);
      },
      async exit(pid) {
        states.set(pid, "exited");
      },
      dispose: async () => undefined,
    };
  },
});
