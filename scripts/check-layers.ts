// Checks the layers of the house with dependency-cruiser. A layer check that looks at nothing passes too, so this one
// also fails unless it has cruised every source file, and unless every rule catches a violation planted in a
// throw-away workspace that resolves packages by name just as the real one does.
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runNode, toolPath } from "./run-command.ts";
import {
  filesBelow,
  ROOT,
  readTiers,
  relativeToRoot,
  reportProblems,
  SOURCE_CONDITION,
  workspacePackages,
} from "./workspace.ts";

interface Cruise {
  modules: { source: string }[];
  summary: { violations: { from: string; to: string; rule: { name: string } }[] };
}

/** One file that breaks one rule. */
interface Planted {
  rule: string;
  file: string;
  text: string;
}

const PLANTED: Planted[] = [
  { rule: "no-circular", file: "packages/ipc/src/ring.ts", text: 'export * from "./index.ts";' },
  { rule: "no-unresolvable", file: "packages/ipc/src/lost.ts", text: 'import "@weftos/no-such-package";' },
  { rule: "tier-0-imports-nothing", file: "packages/interface/src/up.ts", text: 'import "@weftos/schema";' },
  { rule: "tier-0-imports-nothing", file: "packages/interface/src/core.ts", text: 'import "node:fs";' },
  { rule: "tier-1-imports-tier-0-only", file: "packages/crypto/src/twin.ts", text: 'import "@weftos/schema";' },
  { rule: "tier-2-imports-no-sibling", file: "packages/ipc/src/sibling.ts", text: 'import "@weftos/process";' },
  {
    rule: "tier-2-imports-no-sibling",
    file: "packages/ipc/src/sibling-type.ts",
    text: 'import type { A } from "@weftos/process";\nexport type B = A;',
  },
  {
    rule: "tier-2-imports-no-sibling",
    file: "packages/ipc/src/sibling-late.ts",
    text: 'export const late = import("@weftos/process");',
  },
  { rule: "tier-3-imports-tiers-0-to-2", file: "packages/weftos/src/up.ts", text: 'import "@weftos/testkit";' },
  { rule: "testkit-is-for-development", file: "packages/ipc/src/fake.ts", text: 'import "@weftos/testkit";' },
  { rule: "nothing-imports-an-app", file: "packages/testkit/src/app.ts", text: 'import "@weftos/weaver";' },
  { rule: "no-node-in-verification", file: "packages/exochain/src/verify/io.ts", text: 'import "node:fs";' },
  { rule: "no-node-where-the-browser-runs", file: "packages/crypto/src/index-browser.ts", text: 'import "./near.ts";' },
  { rule: "files-and-timers-in-platform-only", file: "packages/ipc/src/file.ts", text: 'import "node:fs/promises";' },
  { rule: "no-deep-import", file: "packages/testkit/src/deep.ts", text: 'import "../../ipc/src/index.ts";' },
  { rule: "no-dev-dependency-in-source", file: "packages/ipc/src/dev.ts", text: 'import "planted-dev-dependency";' },
];

async function cruise(cwd: string, paths: string[]): Promise<Cruise> {
  const bin = toolPath("dependency-cruiser", "depcruise");
  const config = join(ROOT, ".dependency-cruiser.mjs");
  const result = await runNode([bin, "--config", config, "--output-type", "json", ...paths], { cwd });
  if (!result.stdout.startsWith("{")) throw new Error(`dependency-cruiser said: ${result.stderr || result.stdout}`);
  return JSON.parse(result.stdout) as Cruise;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${text}\n`);
}

/** Builds a workspace with the real names and manifests, empty sources and the planted files. */
function plant(root: string): void {
  cpSync(join(ROOT, "tsconfig.base.json"), join(root, "tsconfig.base.json"));
  cpSync(join(ROOT, "tsconfig.json"), join(root, "tsconfig.json"));
  const folders = [...Object.keys(readTiers()).map((name) => `packages/${name}`), "apps/weaver"];
  for (const folder of folders) {
    const name = folder === "packages/weftos" ? "weftos" : `@weftos/${folder.split("/")[1]}`;
    const target = join(root, "node_modules", name);
    mkdirSync(dirname(target), { recursive: true });
    write(
      join(root, folder, "package.json"),
      JSON.stringify({
        name,
        type: "module",
        exports: { ".": { [SOURCE_CONDITION]: "./src/index.ts" } },
        devDependencies: { "planted-dev-dependency": "1.0.0" },
      }),
    );
    write(join(root, folder, "src/index.ts"), "export type A = string;");
    symlinkSync(join(root, folder), target, "junction");
  }
  write(join(root, "packages/ipc/src/index.ts"), 'export * from "./ring.ts";');
  const dev = join(root, "node_modules/planted-dev-dependency");
  write(join(dev, "package.json"), '{"name":"planted-dev-dependency","version":"1.0.0","main":"index.js"}');
  write(join(dev, "index.js"), "export {};");
  write(join(root, "packages/crypto/src/near.ts"), 'import "node:crypto";');
  for (const planted of PLANTED) write(join(root, planted.file), planted.text);
}

async function checkPlanted(): Promise<string[]> {
  const root = mkdtempSync(join(tmpdir(), "weftos-layers-"));
  try {
    plant(root);
    const found = (await cruise(root, ["packages", "apps"])).summary.violations;
    // A cycle is reported once, from either of its files.
    const caught = ({ rule, file }: Planted) =>
      found.some((violation) => violation.rule.name === rule && [violation.from, violation.to].includes(file));
    return PLANTED.filter((planted) => !caught(planted)).map(
      (planted) => `the rule ${planted.rule} did not catch what was planted in ${planted.file}`,
    );
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function checkSources(): Promise<{ problems: string[]; count: number }> {
  const packages = workspacePackages();
  const tiers = readTiers();
  const sources = packages.flatMap((entry) => filesBelow(join(entry.path, "src"), ".ts").map(relativeToRoot));
  const result = await cruise(
    ROOT,
    packages.map((entry) => `${entry.folder}/src`),
  );
  const cruised = new Set(result.modules.map((module) => module.source));
  const missed = sources.filter((source) => !cruised.has(source));
  const folders = packages.filter((entry) => entry.folder.startsWith("packages/"));
  return {
    count: sources.length,
    problems: [
      ...result.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
      ...missed.map((source) => `not cruised: ${source}`),
      ...folders
        .filter((entry) => tiers[entry.folder.slice("packages/".length)] === undefined)
        .map((entry) => `${entry.folder} has no tier in tiers.json`),
      ...(sources.length === 0 ? ["found no source file"] : []),
    ],
  };
}

const [real, planted] = await Promise.all([checkSources(), checkPlanted()]);
reportProblems(
  "layers",
  [...real.problems, ...planted],
  `${real.count} source files cruised, ${PLANTED.length} planted violations caught`,
);
