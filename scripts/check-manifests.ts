// Checks that every package's manifest is alike: same fields, same exports shape, same versions of what they share.
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import {
  type ExportTarget,
  ROOT,
  readManifest,
  readTiers,
  reportProblems,
  SOURCE_CONDITION,
  type WorkspacePackage,
  workspacePackages,
} from "./workspace.ts";

const NODE_RANGE = ">=22.18";
const REPOSITORY = "git+https://github.com/weave-logic-ai/weftos.git";
const DEPENDENCY_FIELDS = ["dependencies", "devDependencies", "peerDependencies"] as const;

function checkTarget(entry: WorkspacePackage, subpath: string, target: ExportTarget): string[] {
  if (typeof target === "string") return [`exports "${subpath}" is expected to be an object of conditions`];
  const conditions = Object.keys(target);
  const problems: string[] = [];
  const place = (condition: string) => conditions.indexOf(condition);
  const [source, types, built] = [target[SOURCE_CONDITION], target.types, target.default];
  for (const condition of conditions) {
    const nested = target[condition];
    if (nested === undefined || typeof nested === "string") continue;
    if (place(condition) > place(SOURCE_CONDITION)) problems.push(`exports "${subpath}": ${condition} comes too late`);
    problems.push(...checkTarget(entry, subpath, nested));
  }
  if (typeof source !== "string" || typeof types !== "string" || typeof built !== "string") {
    return [...problems, `exports "${subpath}" is expected to have ${SOURCE_CONDITION}, types and default`];
  }
  if (!(place(SOURCE_CONDITION) < place("types") && place("types") < place("default"))) {
    problems.push(`exports "${subpath}" is expected in the order ${SOURCE_CONDITION}, types, default`);
  }
  if (!existsSync(join(entry.path, source))) problems.push(`exports "${subpath}": ${source} is absent`);
  const name = source.replace(/^\.\/src\//, "").replace(/\.ts$/, "");
  if (types !== `./dist/${name}.d.ts`) problems.push(`exports "${subpath}": expected types ./dist/${name}.d.ts`);
  if (built !== `./dist/${name}.js`) problems.push(`exports "${subpath}": expected default ./dist/${name}.js`);
  return problems;
}

function checkPackage(entry: WorkspacePackage, names: Set<string>): string[] {
  const { manifest, folder } = entry;
  const short = basename(folder);
  const problems: string[] = [];
  const expect = (what: string, actual: unknown, expected: unknown) => {
    const [came, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
    if (came !== wanted) problems.push(`${what}: expected ${wanted}, got ${came ?? "nothing"}`);
  };
  expect("name", manifest.name, short === "weftos" ? "weftos" : `@weftos/${short}`);
  expect("license", manifest.license, "Apache-2.0");
  expect("type", manifest.type, "module");
  expect("sideEffects", manifest.sideEffects, false);
  expect("files", manifest.files, manifest.bin ? ["bin", "dist"] : ["dist"]);
  expect("engines", manifest.engines, { node: NODE_RANGE });
  expect("repository", manifest.repository, { type: "git", url: REPOSITORY, directory: folder });
  expect("scripts", manifest.scripts, undefined);
  expect("publishConfig", manifest.publishConfig, undefined);
  if (!/^\d+\.\d+\.\d+/.test(manifest.version)) problems.push(`version: expected x.y.z, got ${manifest.version}`);
  if (!manifest.description) problems.push("description is absent");
  for (const [subpath, target] of Object.entries(manifest.exports ?? {})) {
    if (subpath === "./package.json") continue;
    problems.push(...checkTarget(entry, subpath, target));
  }
  if (manifest.exports?.["."] === undefined) problems.push('exports "." is absent');
  expect('exports "./package.json"', manifest.exports?.["./package.json"], "./package.json");
  for (const path of Object.values(manifest.bin ?? {})) {
    if (!existsSync(join(entry.path, path))) problems.push(`bin ${path} is absent`);
  }
  for (const field of DEPENDENCY_FIELDS) {
    for (const [name, range] of Object.entries(manifest[field] ?? {})) {
      if (names.has(name)) expect(`${field}.${name}`, range, "workspace:*");
    }
  }
  for (const file of ["README.md", "tsconfig.json", "src/index.ts"]) {
    if (!existsSync(join(entry.path, file))) problems.push(`${file} is absent`);
  }
  return [...problems, ...checkTypeScript(entry)].map((problem) => `${folder}: ${problem}`);
}

function checkTypeScript(entry: WorkspacePackage): string[] {
  const path = join(entry.path, "tsconfig.json");
  if (!existsSync(path)) return [];
  const tier = entry.folder.startsWith("packages/") ? readTiers()[basename(entry.folder)] : undefined;
  const expected = {
    extends: "../../tsconfig.base.json",
    ...(tier === 0 || tier === 1 ? { compilerOptions: { isolatedDeclarations: true, declaration: true } } : {}),
    include: ["src", "test"],
  };
  const came = JSON.stringify(JSON.parse(readFileSync(path, "utf8")));
  return came === JSON.stringify(expected) ? [] : [`tsconfig.json: expected ${JSON.stringify(expected)}, got ${came}`];
}

/** Two packages that ask for the same library ask for the same range. */
function checkVersions(packages: { folder: string; manifest: WorkspacePackage["manifest"] }[]): string[] {
  const first = new Map<string, { folder: string; range: string }>();
  const problems: string[] = [];
  for (const { folder, manifest } of packages) {
    for (const [name, range] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      const known = first.get(name);
      if (known === undefined) first.set(name, { folder, range });
      else if (known.range !== range) {
        problems.push(`${folder}: ${name} is ${range}, but ${known.range} in ${known.folder}`);
      }
    }
  }
  return problems;
}

const packages = workspacePackages();
const names = new Set(packages.map((entry) => entry.manifest.name));
const root = { folder: "the root", manifest: readManifest(ROOT) };
const staleTiers = Object.keys(readTiers()).filter((name) => !existsSync(join(ROOT, "packages", name)));
reportProblems(
  "manifests",
  [
    ...packages.flatMap((entry) => checkPackage(entry, names)),
    ...checkVersions([root, ...packages]),
    ...staleTiers.map((name) => `tiers.json: there is no package ${name}`),
  ],
  `${packages.length} packages alike`,
);
