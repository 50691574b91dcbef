/** What runs first in a child process: lets packages be found that are linked into it, before any is looked for. */
import process from "node:process";
import { findLinked } from "./backends/linked-packages.ts";

// The kernel of this very package started this process, and is trusted.
findLinked(JSON.parse(process.argv[2] ?? "[]"));
await import("./child-run.ts");
