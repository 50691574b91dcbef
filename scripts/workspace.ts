// What the check scripts know about the workspace: its packages, their manifests, tiers and source files.
// Read from the file system and tiers.json alone, so that a new package needs no second registration.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const ROOT: string = resolve(import.meta.dirname, "..");
export const SOURCE_CONDITION = "weftos-source";

export type Tier = 0 | 1 | 2 | 3 | "dev";
export type ExportTarget = string | { [condition: string]: ExportTarget };

export interface Manifest {
  name: string;
  version: string;
  description?: string;
  private?: boolean;
  type?: string;
  license?: string;
  sideEffects?: boolean;
  files?: string[];
  repository?: { type: string; url: string; directory: string };
  engines?: Record<string, string>;
  exports?: Record<string, ExportTarget>;
  bin?: Record<string, string>;
  publishConfig?: Record<string, unknown>;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

export interface WorkspacePackage {
  /** The folder below the root with forward slashes, `packages/ipc`. */
  folder: string;
  /** The absolute folder. */
  path: string;
  manifest: Manifest;
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

/** Lists the packages below `packages/` and `apps/`, sorted by folder. */
export function workspacePackages(root: string = ROOT): WorkspacePackage[] {
  return ["packages", "apps"]
    .filter((group) => existsSync(join(root, group)))
    .flatMap((group) => readdirSync(join(root, group)).map((name) => `${group}/${name}`))
    .sort()
    .filter((folder) => existsSync(join(root, folder, "package.json")))
    .map((folder) => ({ folder, path: join(root, folder), manifest: readManifest(join(root, folder)) }));
}

/** Lists the packages that go to a registry. */
export function publishedPackages(): WorkspacePackage[] {
  return workspacePackages().filter((entry) => entry.manifest.private !== true);
}

/** Reads the tier of each folder below `packages/`. */
export function readTiers(): Record<string, Tier> {
  return JSON.parse(readFileSync(join(ROOT, "tiers.json"), "utf8")) as Record<string, Tier>;
}

/** Lists the files below a folder whose name ends as given, absolute, sorted; an absent folder has none. */
export function filesBelow(folder: string, ending: string): string[] {
  if (!existsSync(folder)) return [];
  // Folder by folder: a recursive listing would walk through the links of node_modules, which lead everywhere.
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== "node_modules" && entry.name !== "dist")
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesBelow(path, ending);
      return entry.isFile() && entry.name.endsWith(ending) ? [path] : [];
    })
    .sort();
}

/** Turns an absolute path into one below the root, with forward slashes. */
export function relativeToRoot(path: string): string {
  return path
    .slice(ROOT.length + 1)
    .split("\\")
    .join("/");
}

/** Lists every string of a manifest's `exports` with the conditions on the way to it. */
export function exportTargets(
  target: ExportTarget,
  conditions: string[] = [],
): { conditions: string[]; path: string }[] {
  if (typeof target === "string") return [{ conditions, path: target }];
  return Object.entries(target).flatMap(([key, value]) => exportTargets(value, [...conditions, key]));
}

/** Prints what is wrong and ends the process with 1, or says that all is well. */
export function reportProblems(what: string, problems: string[], summary: string): void {
  for (const problem of problems) console.error(`${what}: ${problem}`);
  if (problems.length > 0) {
    console.error(`${what}: ${problems.length} problem${problems.length === 1 ? "" : "s"}`);
    process.exitCode = 1;
  } else {
    console.log(`${what}: ${summary}`);
  }
}
