// Writes every generated page, or with --check says which of them differs from what its generator gives now.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { GENERATED, type GeneratedPage } from "./generated.ts";
import { ROOT, reportProblems } from "./workspace.ts";

async function generate({ file, generator }: GeneratedPage): Promise<string> {
  const module: unknown = await import(pathToFileURL(join(ROOT, generator)).href);
  if (
    module === null ||
    typeof module !== "object" ||
    !("generate" in module) ||
    typeof module.generate !== "function"
  ) {
    throw new TypeError(`expected ${generator} to export generate(file)`);
  }
  const text: unknown = await module.generate(file);
  if (typeof text !== "string") throw new TypeError(`expected ${generator} to give the text of ${file}`);
  return text;
}

const check = process.argv.includes("--check");
const problems: string[] = [];
for (const page of GENERATED) {
  const path = join(ROOT, page.file);
  try {
    const text = await generate(page);
    const present = existsSync(path) ? readFileSync(path, "utf8").replaceAll("\r\n", "\n") : undefined;
    if (present === text) continue;
    if (check) {
      problems.push(`${page.file} is ${present === undefined ? "absent" : "out of date"}: run \`pnpm generate\``);
      continue;
    }
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } catch (error) {
    problems.push(`${page.file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
reportProblems("generated pages", problems, `${GENERATED.length} ${check ? "up to date" : "written"}`);
