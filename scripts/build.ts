// Builds every published package into its dist folder: JavaScript by tsup, declarations by the TypeScript compiler.
// The entries are the files below dist that a manifest's `exports` names, and those that its bin files import;
// dist/x.js is built from src/x.ts. Declarations come from one program over all sources, so the order of
// packages does not matter and each file is parsed once.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "tsup";
import ts from "typescript";
import { bundleDeclarations } from "./bundle-declarations.ts";
import {
  exportTargets,
  filesBelow,
  publishedPackages,
  ROOT,
  relativeToRoot,
  type WorkspacePackage,
} from "./workspace.ts";

/** Maps each entry's name below dist, without its ending, to its source file. */
export function buildEntries(entry: WorkspacePackage): Record<string, string> {
  const exported = exportTargets(entry.manifest.exports ?? {}).map(({ path }) => path);
  const fromBin = Object.values(entry.manifest.bin ?? {}).flatMap((bin) => {
    if (!existsSync(join(entry.path, bin))) throw new Error(`${entry.folder}: the bin ${bin} is absent`);
    const text = readFileSync(join(entry.path, bin), "utf8");
    return [...text.matchAll(/["']\.\.\/(dist\/[^"']+\.js)["']/g)].map((match) => `./${match[1]}`);
  });
  const built = new Set([...exported, ...fromBin].filter((path) => /^\.\/dist\/.*\.js$/.test(path)));
  return Object.fromEntries(
    [...built].map((path) => {
      const name = path.slice("./dist/".length, -".js".length);
      return [name, join(entry.path, "src", `${name}.ts`)];
    }),
  );
}

/** Lists what stays an import: what the manifest promises to install, and the package itself. */
function externals({ manifest }: WorkspacePackage): RegExp[] {
  const names = [manifest.name, ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })];
  return [/^node:/, ...names.map((name) => new RegExp(`^${name}(?:$|/)`))];
}

const LINE_LIMIT = 120;

/**
 * What a thread or a process of its own starts with, and what browsers load in place of the index: never loaded beside the rest,
 * and so built apart, since code that two entries share becomes modules more for both.
 */
const LOADED_ALONE = /-(entry|worker)$|\bbrowser$/;

async function buildJavaScript(entry: WorkspacePackage): Promise<void> {
  const entries = Object.entries(buildEntries(entry));
  const alone = entries.filter(([name]) => LOADED_ALONE.test(name));
  const together = entries.filter(([name]) => !LOADED_ALONE.test(name));
  await Promise.all([together, ...alone.map((one) => [one])].map((some) => bundle(entry, Object.fromEntries(some))));
}

async function bundle(entry: WorkspacePackage, entries: Record<string, string>): Promise<void> {
  await build({
    entry: entries,
    outDir: join(entry.path, "dist"),
    tsconfig: join(entry.path, "tsconfig.json"),
    config: false,
    silent: true,
    clean: false,
    dts: false,
    format: ["esm"],
    target: "node22",
    platform: "neutral",
    splitting: true,
    sourcemap: false,
    external: externals(entry),
    removeNodeProtocol: false,
    esbuildOptions(options) {
      options.absWorkingDir = entry.path;
      options.mainFields = ["module", "main"];
      options.conditions = ["import"];
      options.legalComments = "none";
      // An import parses every byte. Names stay as they are and lines stay short, so that a stack trace can be read.
      options.minifyWhitespace = true;
      options.minifySyntax = true;
      options.lineLimit = LINE_LIMIT;
    },
  });
}

function rewriteImports(text: string): string {
  return text.replace(/((?:from|import)\s*\(?\s*)(["'])(\.{1,2}\/[^"']+)\.ts\2/g, "$1$2$3.js$2");
}

function buildDeclarations(packages: WorkspacePackage[]): string[] {
  const configPath = join(ROOT, "tsconfig.base.json");
  const { config } = ts.readConfigFile(configPath, ts.sys.readFile);
  const base = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, ROOT, undefined, configPath);
  const sources = packages.flatMap((entry) => filesBelow(join(entry.path, "src"), ".ts"));
  const program = ts.createProgram(sources, {
    ...base.options,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: ROOT,
    outDir: join(ROOT, "dist"),
  });
  const diagnostics = [...ts.getPreEmitDiagnostics(program)];
  const emitted = program.emit(undefined, (path, text) => {
    const [group, name, , ...rest] = path
      .replaceAll("\\", "/")
      .slice(join(ROOT, "dist").length + 1)
      .split("/");
    if (group === undefined || name === undefined) return;
    const target = join(ROOT, group, name, "dist", ...rest);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, rewriteImports(text));
  });
  diagnostics.push(...emitted.diagnostics);
  for (const entry of packages) bundleDeclarations(entry, base.options);
  return diagnostics.map((diagnostic) => {
    const place = diagnostic.file ? `${relativeToRoot(diagnostic.file.fileName)}: ` : "";
    return place + ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n");
  });
}

const packages = publishedPackages();
const started = performance.now();
for (const entry of packages) rmSync(join(entry.path, "dist"), { recursive: true, force: true });
await Promise.all(packages.map(buildJavaScript));
const scripts = performance.now();
const problems = buildDeclarations(packages);
const SHOWN = 40;
for (const problem of problems.slice(0, SHOWN)) console.error(`build: ${problem}`);
if (problems.length > 0) {
  console.error(`build: ${problems.length} problems`);
  process.exitCode = 1;
} else {
  const seconds = (from: number, to: number) => ((to - from) / 1000).toFixed(1);
  console.log(
    `build: ${packages.length} packages; JavaScript ${seconds(started, scripts)} s, ` +
      `declarations ${seconds(scripts, performance.now())} s`,
  );
}
