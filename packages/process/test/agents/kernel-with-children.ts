/** A kernel to be killed: starts two agents in processes of their own, one of which never gives way, and tells their ids. */
import { nodePlatform } from "@weftos/platform";
import { harness } from "../harness.ts";

const kernel = await harness({ disk: nodePlatform().files });
const stubborn = new URL("./stubborn.ts", import.meta.url);
for (const input of ["wait", "loop"]) await kernel.process.spawn(stubborn, { backend: "process", input });
const ids = (): unknown[] =>
  kernel.logs.filter(({ message }) => message === "my process").map(({ fields }) => Object(fields).id);
while (ids().length < 2) await new Promise((resolve) => setImmediate(resolve));
process.stdout.write(`${JSON.stringify(ids())}\n`);
