/** The program `weaver`. It starts nothing before it knows the command, so that small questions are answered fast. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runCommandLine } from "./commands/run-command-line.ts";
import { openTerminal } from "./view/terminal.ts";

const EXIT_PIPE = 0;

// A reader that has seen enough (`weaver kernel logs | head`) is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(process.exitCode ?? EXIT_PIPE);
    throw error;
  });
}

const entry = fileURLToPath(import.meta.url);
const fromClone = entry.endsWith(".ts");
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
  folder: process.cwd(),
  fromClone,
});
