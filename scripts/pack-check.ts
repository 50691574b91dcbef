// Proves what a stranger gets: packs every published package, looks at each tarball with publint and attw, installs all
// of them into an empty project outside the repository, and there compiles the fixtures of scripts/fixtures/pack and
// runs the first example of each package's README. Needs a build.
//
// A fixture is a module. `x.ts` compiles; `x.run.ts` also runs; `x.fails.ts` does not compile, and the compiler's
// message contains what its first line says after `// expects: `.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { examplesOf } from "./doc-examples.ts";
import { runNode, runPnpm, toolPath } from "./run-command.ts";
import { publishedPackages, ROOT, readManifest, reportProblems, type WorkspacePackage } from "./workspace.ts";

const FIXTURES = join(ROOT, "scripts/fixtures/pack");
const EXAMPLE_TIMEOUT_MS = 60_000;
const AT_ONCE = 2;

interface Tarball extends WorkspacePackage {
  tarball: string;
}

async function inTurn<T>(items: readonly T[], work: (item: T) => Promise<string[]>): Promise<string[]> {
  const queue = [...items];
  const problems: string[] = [];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) problems.push(...(await work(item)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return problems;
}

async function pack(packages: WorkspacePackage[], folder: string): Promise<Tarball[]> {
  const filters = packages.flatMap((entry) => ["--filter", `./${entry.folder}`]);
  const result = await runPnpm([...filters, "pack", "--pack-destination", folder]);
  if (result.code !== 0) throw new Error(`pnpm pack failed:\n${result.stderr}${result.stdout}`);
  return packages.map((entry) => {
    const name = entry.manifest.name.replace(/^@/, "").replace("/", "-");
    const tarball = join(folder, `${name}-${entry.manifest.version}.tgz`);
    if (!existsSync(tarball)) throw new Error(`expected pnpm pack to write ${tarball}`);
    return { ...entry, tarball };
  });
}

async function checkTarball({ manifest, tarball }: Tarball): Promise<string[]> {
  const bytes = readFileSync(tarball);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
  const problems = messages
    .filter((message) => message.type !== "suggestion")
    .map((message) => `${manifest.name}: publint: ${formatMessage(message, pkg, { color: false }) ?? message.code}`);
  const attw = await runNode([
    toolPath("@arethetypeswrong/cli", "attw"),
    tarball,
    "--profile",
    "esm-only",
    "--format",
    "table-flipped",
    "--no-color",
    "--no-emoji",
  ]);
  // Untyped packages end with 0 too.
  if (attw.code !== 0 || attw.stdout.includes("does not contain types"))
    problems.push(`${manifest.name}: attw:\n${attw.stdout}${attw.stderr}`);
  if (JSON.stringify(pkg).includes("weftos-source"))
    problems.push(`${manifest.name}: the packed manifest names sources`);
  return problems;
}

/** Makes a project that depends on every tarball, and on nothing else but Node's types. */
async function install(tarballs: Tarball[], project: string): Promise<void> {
  const files = Object.fromEntries(tarballs.map(({ manifest, tarball }) => [manifest.name, `file:${tarball}`]));
  const types = readManifest(join(ROOT, "node_modules/@types/node")).version;
  const manifest = {
    name: "consumer",
    private: true,
    type: "module",
    dependencies: { ...files, "@types/node": types, vitest: readManifest(join(ROOT, "node_modules/vitest")).version },
  };
  mkdirSync(project, { recursive: true });
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest, null, 2));
  // Tarballs depend on each other by version; the overrides point those at the files too.
  writeFileSync(
    join(project, "pnpm-workspace.yaml"),
    JSON.stringify({
      packages: ["."],
      overrides: files,
      minimumReleaseAge: 0,
      pmOnFail: "ignore",
      nodeVersion: "24.0.0",
    }),
  );
  const result = await runPnpm(["install", "--prefer-offline", "--ignore-scripts", "--no-frozen-lockfile"], {
    cwd: project,
    env: { CI: "1" },
  });
  if (result.code !== 0) throw new Error(`installing the tarballs failed:\n${result.stderr}${result.stdout}`);
}

/** Writes a module that names the types of every entry of every tarball, and one that loads each main entry. */
function writeEntries(tarballs: Tarball[], project: string): string {
  const types = tarballs.flatMap(({ manifest }) =>
    Object.keys(manifest.exports ?? {})
      .filter((subpath) => subpath !== "./package.json")
      .map((subpath) => `${manifest.name}${subpath.slice(1)}`),
  );
  const imports = types.map((name, index) => `import type * as entry${index} from "${name}";`);
  const uses = types.map((_, index) => `export type Entry${index} = keyof typeof entry${index};`);
  writeFileSync(join(project, "entry-types.ts"), `${[...imports, ...uses].join("\n")}\n`);
  // The testkit needs a test runner around it, and an app is started by its bin.
  const loaded = tarballs.filter(({ folder }) => folder.startsWith("packages/") && folder !== "packages/testkit");
  const loads = loaded.map(({ manifest: { name } }) => {
    const check = `if (Object.keys(await import("${name}")).length === 0)`;
    return `${check} throw new Error("${name} exports nothing");`;
  });
  writeFileSync(join(project, "entries.ts"), `${loads.join("\n")}\nexport {};\n`);
  return "entries.ts";
}

/** Writes fixtures and README examples into the project, and gives the modules that are to be run. */
function fill(tarballs: Tarball[], project: string): { title: string; file: string }[] {
  const runs = [{ title: "every main entry", file: writeEntries(tarballs, project) }];
  for (const file of existsSync(FIXTURES) ? readdirSync(FIXTURES).sort() : []) {
    cpSync(join(FIXTURES, file), join(project, file));
    if (file.endsWith(".run.ts")) runs.push({ title: `scripts/fixtures/pack/${file}`, file });
  }
  for (const { folder, path } of tarballs) {
    const page = join(path, "README.md");
    const example = existsSync(page) ? examplesOf(`${folder}/README.md`, readFileSync(page, "utf8"))[0] : undefined;
    if (example === undefined) continue;
    const file = `readme-${folder.replace("/", "-")}.ts`;
    writeFileSync(join(project, file), `${example.code}\nexport {};\n`);
    if (example.run) runs.push({ title: `${example.page}:${example.line}`, file });
  }
  return runs;
}

function checkReadmes(tarballs: Tarball[]): string[] {
  return tarballs
    .filter(({ path, folder }) => {
      const page = join(path, "README.md");
      return folder.startsWith("packages/") && !(existsSync(page) && /^```ts\b/m.test(readFileSync(page, "utf8")));
    })
    .map(({ folder }) => `${folder}: the README has no TypeScript example`);
}

async function compile(project: string): Promise<string[]> {
  writeFileSync(
    join(project, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        target: "es2024",
        lib: ["es2024", "esnext.disposable"],
        module: "nodenext",
        strict: true,
        noEmit: true,
        moduleDetection: "force",
        allowImportingTsExtensions: true,
        types: ["node"],
        // Our own declarations are checked: they must not name what a consumer has not installed. The declarations of
        // third parties are not ours to repair, so problems outside our packages are left out below.
        skipLibCheck: false,
      },
      include: ["*.ts"],
    }),
  );
  const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
  const result = await runNode([compiler, "-p", project, "--pretty", "false"], { cwd: project });
  const lines = result.stdout.split(/\r?\n/).filter((line) => line.trim() !== "");
  const expected = readdirSync(project).filter((file) => file.endsWith(".fails.ts"));
  const problems = expected.flatMap((file) => {
    const message = /^\/\/ expects: (.+)$/m.exec(readFileSync(join(project, file), "utf8"))?.[1]?.trim();
    if (message === undefined) return [`${file}: expected a first line "// expects: <message>"`];
    if (lines.some((line) => line.startsWith(`${file}(`) && line.includes(message))) return [];
    return [`${file}: expected the compiler to say "${message}", it said\n${lines.join("\n")}`];
  });
  let ours = false;
  for (const line of lines) {
    const file = /^([^\s(][^(]*)\(\d+,\d+\): /.exec(line)?.[1];
    if (file !== undefined) {
      const foreign = file.includes("node_modules") && !/node_modules[\\/](@weftos[\\/]|weftos[\\/])/.test(file);
      ours = !foreign && !expected.includes(file);
    }
    if (ours || /^error /.test(line)) problems.push(`compile: ${line}`);
  }
  return problems;
}

const root = mkdtempSync(join(tmpdir(), "weftos-pack-"));
try {
  const packages = publishedPackages();
  const unbuilt = packages.filter((entry) => !existsSync(join(entry.path, "dist")));
  if (unbuilt.length > 0) throw new Error(`expected a build of ${unbuilt.map((entry) => entry.folder).join(", ")}`);
  const tarballs = await pack(packages, mkdtempSync(join(root, "tarballs-")));
  const project = join(root, "project");
  const inspected = await inTurn(tarballs, checkTarball);
  await install(tarballs, project);
  const runs = fill(tarballs, project);
  const compiled = await compile(project);
  const ran = await inTurn(runs, async ({ title, file }) => {
    const result = await runNode([file], { cwd: project, timeoutMs: EXAMPLE_TIMEOUT_MS, env: { NODE_OPTIONS: "" } });
    return result.code === 0 ? [] : [`${title} ended with ${result.code}:\n${result.stderr || result.stdout}`];
  });
  reportProblems(
    "pack",
    [...checkReadmes(tarballs), ...inspected, ...compiled, ...ran],
    `${tarballs.length} tarballs installed into an empty project, ${runs.length} programs run there`,
  );
} finally {
  if (process.argv.includes("--keep")) console.log(`kept ${root}`);
  else rmSync(root, { recursive: true, force: true });
}
