// Type-checks and runs the examples of the documentation from source, runs the programs in examples/, and follows the links.
// Each block becomes a file of .doc-examples/, padded so that its line numbers are those of the page; there every
// package of the workspace resolves by name. A program has 60 s and an empty folder of its own to run in.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type DocExample, docPages, findDocExamples } from "./doc-examples.ts";
import { deadLinks } from "./doc-links.ts";
import { runNode } from "./run-command.ts";
import { ROOT, relativeToRoot, reportProblems, SOURCE_CONDITION, workspacePackages } from "./workspace.ts";

const FOLDER = join(ROOT, ".doc-examples");
const TIMEOUT_MS = 60_000;
const AT_ONCE = 2;

interface Program {
  /** Where its author finds it, `README.md:12`. */
  title: string;
  path: string;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function fileName(example: DocExample): string {
  return `${example.page.replace(/[^a-zA-Z0-9]+/g, "-")}-${example.line}.ts`;
}

function prepare(examples: DocExample[]): void {
  rmSync(FOLDER, { recursive: true, force: true });
  write(join(FOLDER, "package.json"), '{ "type": "module", "private": true }');
  write(
    join(FOLDER, "tsconfig.json"),
    JSON.stringify({
      extends: "../tsconfig.base.json",
      compilerOptions: { moduleDetection: "force" },
      include: ["*.ts"],
    }),
  );
  for (const entry of workspacePackages()) {
    const link = join(FOLDER, "node_modules", entry.manifest.name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(entry.path, link, "junction");
  }
  for (const example of examples) {
    write(join(FOLDER, fileName(example)), `${"\n".repeat(example.line - 1)}${example.code}\nexport {};\n`);
  }
}

async function checkTypes(examples: DocExample[]): Promise<string[]> {
  if (examples.length === 0) return [];
  const compiler = join(ROOT, "node_modules/typescript7/bin/tsc");
  const result = await runNode([compiler, "-p", FOLDER, "--pretty", "false"]);
  if (result.code === 0) return [];
  const pages = new Map(examples.map((example) => [fileName(example), example.page]));
  return `${result.stdout}${result.stderr}`
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .map((line) =>
      line.replace(
        /^(?:\.doc-examples[\\/])?([^\\/(]+\.ts)/,
        (name) => pages.get(name.split(/[\\/]/).at(-1) ?? "") ?? name,
      ),
    );
}

async function run(program: Program, index: number): Promise<string[]> {
  const cwd = join(FOLDER, "run", String(index));
  mkdirSync(cwd, { recursive: true });
  const result = await runNode([`--conditions=${SOURCE_CONDITION}`, program.path], {
    cwd,
    env: { NODE_OPTIONS: `--conditions=${SOURCE_CONDITION}`, NO_COLOR: "1" },
    timeoutMs: TIMEOUT_MS,
  });
  if (result.code === 0) return [];
  return [`${program.title} ended with ${result.code}:\n${(result.stderr || result.stdout).trimEnd()}`];
}

async function runAll(programs: Program[]): Promise<string[]> {
  const queue = [...programs.entries()];
  const problems: string[] = [];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      problems.push(...(await run(next[1], next[0])));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return problems;
}

function lookUp(path: string): string | undefined {
  const found = statSync(join(ROOT, path), { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  return found.isFile() && path.endsWith(".md") ? readFileSync(join(ROOT, path), "utf8") : "";
}

const pages = docPages();
const links = pages.flatMap((page) => deadLinks(relativeToRoot(page), readFileSync(page, "utf8"), lookUp));
const examples = findDocExamples();
const folder = join(ROOT, "examples");
const programs: Program[] = [
  ...examples
    .filter((example) => example.run)
    .map((example) => ({ title: `${example.page}:${example.line}`, path: join(FOLDER, fileName(example)) })),
  ...(existsSync(folder) ? readdirSync(folder).sort() : [])
    .map((name) => ({ title: `examples/${name}/main.ts`, path: join(folder, name, "main.ts") }))
    .filter((program) => existsSync(program.path)),
];
prepare(examples);
const problems = [...links, ...(await checkTypes(examples)), ...(await runAll(programs))];
if (examples.length === 0) problems.push("found no example");
if (problems.length === 0) rmSync(FOLDER, { recursive: true, force: true });
reportProblems(
  "doc examples",
  problems,
  `${examples.length} type-checked, ${programs.length} programs run, the links of ${pages.length} pages followed`,
);
