import { platform } from "node:process";
import { nodePlatform } from "@weftos/platform";
import { faultFiles } from "@weftos/testkit";
import { expect, it } from "vitest";
import { DeathSignal } from "../../../src/backends/death-signal.ts";

const command = { file: "/usr/bin/node", args: ["--permission", "entry.js"] };

it("leaves a command as it is where the system cannot end a child with its kernel", async () => {
  expect(await new DeathSignal(faultFiles().files).wrap(command)).toEqual(command);
});

it.skipIf(platform !== "linux")(
  "asks the system to end the child with its kernel, and asks whether it can only once",
  async () => {
    const { files } = nodePlatform();
    let looked = 0;
    const signal = new DeathSignal({
      stat: async (path) => {
        looked += 1;
        return await files.stat(path);
      },
    });
    const [first, second] = [await signal.wrap(command), await signal.wrap(command)];
    expect(first).toEqual({
      file: "/usr/bin/setpriv",
      args: ["--pdeathsig", "KILL", "--", "/usr/bin/node", "--permission", "entry.js"],
    });
    expect([second, looked]).toEqual([first, 1]);
  },
);
