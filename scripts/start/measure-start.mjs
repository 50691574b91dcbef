// Boots the built facade in the folder given and prints what that took, as JSON: what the import loads and builds, and how
// often the boot waits for the disk. Counts, no times: the same on every machine.
import fs from "node:fs";
import { open } from "node:fs/promises";
import { registerHooks, syncBuiltinESMExports } from "node:module";

const [facade, dir] = process.argv.slice(2);
const counts = { modules: 0, bytes: 0, schemas: 0, syncs: 0 };

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (url.startsWith("file:")) {
      counts.modules += 1;
      counts.bytes += Buffer.byteLength(loaded.source ?? "");
    }
    return loaded;
  },
});
// zod tells each node of a schema that is built.
globalThis.__zod_globalConfig = {
  postProcessor: () => {
    counts.schemas += 1;
  },
};

const counted = (holder, name) => {
  const real = holder[name];
  holder[name] = function sync(...args) {
    counts.syncs += 1;
    return real.apply(this, args);
  };
};
const handle = await open(import.meta.filename);
for (const name of ["sync", "datasync"]) counted(Object.getPrototypeOf(handle), name);
await handle.close();
for (const name of ["fsync", "fdatasync", "fsyncSync", "fdatasyncSync"]) counted(fs, name);
syncBuiltinESMExports();

const { Kernel } = await import(facade);
const imported = { ...counts };
const kernel = await Kernel.boot({ dir });
const booted = { ...counts };
await kernel.shutdown();
console.log(JSON.stringify({ imported, booted }));
