// A program that does one piece of work on a chain and kills itself at one step of its writing: before the step, or with
// half of the bytes written. Run by the test that does so at every step. It prints how many steps there were.
import { writeSync } from "node:fs";
import type { AppendFile, Files } from "@weftos/interface";
import { nodePlatform } from "@weftos/platform";
import { openChain, repairChain } from "../../src/index.ts";

const [dir = "", work = "", step = ""] = process.argv.slice(2);
const platform = nodePlatform();
let steps = 0;

/** Counts a step; at the chosen one, does what is left half done and ends without warning. */
async function at(half?: () => Promise<unknown>): Promise<void> {
  steps += 1;
  if (steps !== Number(step)) return;
  await half?.();
  process.kill(process.pid, "SIGKILL");
}

function stepped(file: AppendFile): AppendFile {
  return {
    get size() {
      return file.size;
    },
    async write(data) {
      await at();
      await at(() => file.write(data.subarray(0, data.length >>> 1)));
      await file.write(data);
    },
    async sync() {
      await at();
      await file.sync();
    },
    async writeAt(offset, data) {
      await at();
      await at(() => file.writeAt(offset, data.subarray(0, data.length >>> 1)));
      await file.writeAt(offset, data);
    },
    async truncate(size) {
      await at();
      await file.truncate(size);
    },
    close: () => file.close(),
  };
}

const real = platform.files;
const files: Files = {
  ...real,
  async writeAtomic(path, data, options) {
    await at();
    // As `writeAtomic` of the platform names what it has not renamed yet.
    const temporary = path.replace(/[^/]+$/, ".$&.0123456789ab.tmp");
    await at(() => real.createExclusive(temporary, data.subarray(0, data.length >>> 1), { mode: 0o600 }));
    await at(() => real.createExclusive(temporary, data, { mode: 0o600 }));
    await real.writeAtomic(path, data, options);
  },
  async createExclusive(path, data, options) {
    await at();
    await at(() => real.createExclusive(path, data.subarray(0, data.length >>> 1), options));
    await real.createExclusive(path, data, options);
  },
  async openAppend(path, options) {
    await at();
    return stepped(await real.openAppend(path, options));
  },
  async makeFolder(path, options) {
    await at();
    await real.makeFolder(path, options);
  },
  async rename(from, to) {
    await at();
    await real.rename(from, to);
  },
  async remove(path, options) {
    await at();
    await real.remove(path, options);
  },
};

if (work === "repair") await repairChain({ ...platform, files, dir });
else {
  const chain = await openChain({ ...platform, files, dir });
  if (work === "redact") {
    // Enough small commits for the area of the last ones to be in use.
    for (let n = 0; n < 10; n++)
      await chain.append({ source: "t", kind: "t.later", actor: {}, payload: { later: n } }).durable;
    await chain.redact(2, "asked for");
  }
  if (work === "rotate") await chain.rotateKeys("planned");
  await at();
  await chain.close();
}
writeSync(1, String(steps));
