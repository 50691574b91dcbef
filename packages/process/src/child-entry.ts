/** What runs first in a child process: keeps the engine's flags, and lets packages be found that are linked into it, before any is looked for. */
import process from "node:process";
import { text } from "node:stream/consumers";
import { keepEngineFlags } from "./backends/engine-flags.ts";
import { findLinked } from "./backends/linked-packages.ts";

keepEngineFlags();
// The kernel of this very package started this process, and is trusted. What ends before the list is whole has lost its kernel.
findLinked(JSON.parse(await text(process.stdin)));
await import("./child-run.ts");
