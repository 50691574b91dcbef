import { memoryPlatform } from "@weftos/testkit";
import { approvalsContract } from "@weftos/testkit/contract";
import { type KernelDouble, startDouble } from "../kernel-double.ts";

approvalsContract("governance", {
  async create() {
    const platform = memoryPlatform();
    const kernels: KernelDouble[] = [await startDouble({ platform })];
    const [first] = kernels;
    return {
      approvals: first!.approvals,
      clock: platform.clock,
      async reopen() {
        const next = memoryPlatform({ clock: platform.clock, files: platform.faults.crash() });
        kernels.push(await startDouble({ platform: next, audit: first!.audit }));
        return kernels.at(-1)!.approvals;
      },
      async dispose() {
        for (const kernel of kernels) await kernel.stop();
      },
    };
  },
});
