// Prints how many milliseconds a boot of the default facade takes in a fresh process, its chain in the directory given.
import { Kernel } from "weftos";

const [dir] = process.argv.slice(2);
const started = performance.now();
const kernel = await Kernel.boot({ dir });
const ms = performance.now() - started;
await kernel.shutdown();
console.log(ms);
