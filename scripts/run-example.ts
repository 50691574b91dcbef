// `pnpm example <name>`: runs examples/<name>/main.ts from source, in the folder where the command was typed.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "./workspace.ts";

const [name = ""] = process.argv.slice(2);
const main = join(ROOT, "examples", name, "main.ts");
if (name === "" || !existsSync(main)) {
  const known = readdirSync(join(ROOT, "examples")).filter((entry) =>
    existsSync(join(ROOT, "examples", entry, "main.ts")),
  );
  console.error(`expected an example: ${known.join(", ")}`);
  process.exit(2);
}
process.chdir(process.env.INIT_CWD ?? process.cwd());
await import(pathToFileURL(main).href);
