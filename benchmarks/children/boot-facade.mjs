// Prints how many milliseconds a first boot of the default facade takes, its chain on disk, in a fresh process.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kernel } from "weftos";

const dir = mkdtempSync(join(tmpdir(), "weftos-bench-"));
if (process.argv[2] === "again") await (await Kernel.boot({ dir: join(dir, "state") })).shutdown();
const started = performance.now();
const kernel = await Kernel.boot({ dir: join(dir, "state") });
const ms = performance.now() - started;
await kernel.shutdown();
rmSync(dir, { recursive: true });
console.log(ms);
