// What a user downloads: the packed facade with everything it depends on.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { runPnpm } from "../../scripts/run-command.ts";
import { publishedPackages } from "../../scripts/workspace.ts";
import type { Benchmark } from "../benchmark.ts";

/** Names of the workspace's packages that the facade reaches. */
function reached(): Set<string> {
  const manifests = new Map(publishedPackages().map((entry) => [entry.manifest.name, entry.manifest]));
  const names = new Set<string>();
  const visit = (name: string): void => {
    const manifest = manifests.get(name);
    if (manifest === undefined || names.has(name)) return;
    names.add(name);
    for (const dependency of Object.keys(manifest.dependencies ?? {})) visit(dependency);
  };
  visit("weftos");
  return names;
}

/** Bytes of a folder's files, each compressed on its own: a little over what one tarball would be. */
function packedBytes(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !path.slice(folder.length).includes("node_modules"))
      bytes += gzipSync(readFileSync(path)).length;
  }
  return bytes;
}

async function megabytes(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "weftos-size-"));
  try {
    const names = reached();
    const chosen = publishedPackages().filter((entry) => names.has(entry.manifest.name));
    const tarballs = join(folder, "tarballs");
    mkdirSync(tarballs);
    const filters = chosen.flatMap((entry) => ["--filter", `./${entry.folder}`]);
    const packed = await runPnpm([...filters, "pack", "--pack-destination", tarballs]);
    if (packed.code !== 0) throw new Error(packed.stderr);
    const files = Object.fromEntries(
      chosen.map(({ manifest }) => {
        const file = join(tarballs, `${manifest.name.replace(/^@/, "").replace("/", "-")}-${manifest.version}.tgz`);
        return [manifest.name, `file:${file}`];
      }),
    );
    const project = join(folder, "project");
    mkdirSync(project);
    writeFileSync(
      join(project, "package.json"),
      JSON.stringify({ name: "empty", private: true, dependencies: { weftos: files.weftos } }),
    );
    const overrides = Object.entries(files).map(([name, file]) => `  "${name}": "${file}"`);
    writeFileSync(join(project, "pnpm-workspace.yaml"), `overrides:\n${overrides.join("\n")}\n`);
    const installed = await runPnpm(["install", "--prod", "--prefer-offline"], { cwd: project });
    if (installed.code !== 0) throw new Error(installed.stderr + installed.stdout);
    const store = join(project, "node_modules/.pnpm");
    let bytes = Object.values(files).reduce((sum, file) => sum + statSync(file.slice("file:".length)).size, 0);
    for (const entry of readdirSync(store)) {
      const modules = join(store, entry, "node_modules");
      if (entry.startsWith("@weftos") || entry.startsWith("weftos") || !existsSync(modules)) continue;
      for (const name of readdirSync(modules)) {
        const scoped = name.startsWith("@")
          ? readdirSync(join(modules, name)).map((inner) => `${name}/${inner}`)
          : [name];
        for (const one of scoped) {
          const path = join(modules, one);
          if (one !== ".bin" && realpathSync(path) === path) bytes += packedBytes(path);
        }
      }
    }
    return bytes / 1024 / 1024;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const benchmark: Benchmark = {
  package: "weftos",
  subject: "packed facade with its dependencies",
  unit: "MB",
  goal: { atMost: 3 },
  rounds: 1,
  round: async () => ({ ours: await megabytes(), rivals: {} }),
};
export const benchmarks: readonly Benchmark[] = [benchmark];
