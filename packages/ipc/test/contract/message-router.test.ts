import { type Pid, toPid } from "@weftos/interface";
import { messageRouterContract } from "@weftos/testkit/contract";
import { setUp } from "../router-harness.ts";

messageRouterContract("the router of @weftos/ipc", {
  async create() {
    const { router, clock, states } = setUp();
    let last = 10;
    return {
      router,
      clock,
      async process() {
        last += 1;
        states.set(toPid(last), "running");
        return toPid(last);
      },
      async exit(pid: Pid) {
        states.set(pid, "exited");
      },
      dispose: async () => undefined,
    };
  },
});
