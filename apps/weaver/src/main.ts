/**
 * The program `weaver`. It starts nothing before it knows the command, so that small questions are answered fast.
 *
 * From a clone it runs from source: what Node makes of the sources is then kept beside them, or each command would pay for it
 * again. An installed weaver is built and keeps nothing.
 */
import { readFileSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

// A reader that has seen enough (`weaver kernel logs | head`) is no failure. A kernel in this process is shut down first.
let isReaderGone = false;
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (isReaderGone) return;
    isReaderGone = true;
    if (error.code !== "EPIPE") {
      process.exitCode = 1;
      if (stream === process.stdout) process.stderr.write(`error[${error.code}]: the output cannot be written\n`);
    }
    if (!process.emit("SIGTERM", "SIGTERM")) process.exit();
  });
}

// By this signal Node opens a debugger, through which any program of the same user, an agent's too, would run code in here.
process.on("SIGUSR1", () => undefined);

const entry = fileURLToPath(import.meta.url);
const fromClone = entry.endsWith(".ts");
// Not in the system's folder for temporary files: who else may write there could plant code.
if (fromClone) enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/compile", import.meta.url)));

const { runCommandLine } = await import("./commands/run-command-line.ts");
const { openTerminal } = await import("./view/terminal.ts");
const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };

process.exitCode = await runCommandLine({
  words: process.argv.slice(2),
  terminal: openTerminal(process),
  host: {
    version: manifest.version,
    entry,
    typed: fromClone ? "npx -y pnpm@12 weaver" : "weaver",
    env: process.env,
  },
  folder: () => process.cwd(),
  fromClone,
});
