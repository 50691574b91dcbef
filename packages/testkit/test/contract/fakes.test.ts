import { faultFiles, manualClock, seededRandom } from "@weftos/testkit";
import { clockContract, filesContract, randomContract } from "@weftos/testkit/contract";

clockContract("manualClock", {
  async create() {
    const clock = manualClock();
    return { clock, pass: (ms) => clock.advance(ms), dispose: async () => {} };
  },
});

let seed = 0;
randomContract("seededRandom", {
  async create() {
    seed += 1;
    return { random: seededRandom(seed), dispose: async () => {} };
  },
});

filesContract("faultFiles", {
  async create() {
    const { files } = faultFiles();
    await files.makeFolder("/root");
    const link = (target: string, path: string): Promise<void> => files.link(target, path);
    return { files, root: "/root", link, modes: true, dispose: async () => {} };
  },
});
