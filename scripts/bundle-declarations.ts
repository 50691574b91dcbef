// A library that tsup bundles into a package is a devDependency, so a consumer does not have its declarations. This
// copies those that the package's own declarations name, and all they import, into dist/bundled/<library>/ together
// with the library's license, and points the imports there.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { filesBelow, type WorkspacePackage } from "./workspace.ts";

const SPECIFIER = /((?:\bfrom|\bimport)\s*\(?\s*)(["'])([^"'\n]+)\2/g;

function specifiersOf(text: string): string[] {
  return [...text.matchAll(SPECIFIER)].map((match) => match[3] ?? "");
}

function relativeImport(from: string, to: string): string {
  const path = relative(dirname(from), to)
    .replaceAll("\\", "/")
    .replace(/\.d\.([cm]?)ts$/, ".$1js");
  return path.startsWith(".") ? path : `./${path}`;
}

/** Lists the libraries that the package is built with and does not ask a consumer to install. */
function bundledLibraries({ manifest }: WorkspacePackage): string[] {
  const installed = { ...manifest.dependencies, ...manifest.peerDependencies };
  return Object.entries(manifest.devDependencies ?? {})
    .filter(([name, range]) => !(name in installed) && !range.startsWith("workspace:"))
    .map(([name]) => name);
}

function copyWithImports(entry: string, library: string, target: string): void {
  const waiting = [entry];
  const seen = new Set(waiting);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const copy = join(target, relative(library, path));
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(path, copy);
    for (const specifier of specifiersOf(readFileSync(path, "utf8"))) {
      if (!specifier.startsWith(".")) continue;
      const next = join(dirname(path), specifier.replace(/\.([cm]?)js$/, ".d.$1ts"));
      if (existsSync(next) && !seen.has(next)) {
        seen.add(next);
        waiting.push(next);
      }
    }
  }
}

/** Bundles the declarations of one built package. */
export function bundleDeclarations(entry: WorkspacePackage, options: ts.CompilerOptions): void {
  const libraries = bundledLibraries(entry);
  const dist = join(entry.path, "dist");
  for (const file of libraries.length === 0 ? [] : filesBelow(dist, ".d.ts")) {
    const text = readFileSync(file, "utf8");
    const rewritten = text.replace(SPECIFIER, (whole, keyword: string, quote: string, specifier: string) => {
      const name = libraries.find((library) => specifier === library || specifier.startsWith(`${library}/`));
      if (name === undefined) return whole;
      const from = join(entry.path, "src/index.ts");
      const { resolvedModule } = ts.resolveModuleName(
        specifier,
        from,
        options,
        ts.sys,
        undefined,
        undefined,
        ts.ModuleKind.ESNext,
      );
      if (resolvedModule === undefined) throw new Error(`${file}: no declarations of ${specifier}`);
      const path = resolvedModule.resolvedFileName;
      const library = path.slice(0, path.lastIndexOf(`node_modules/${name}/`) + `node_modules/${name}`.length);
      const target = join(dist, "bundled", name);
      copyWithImports(path, library, target);
      for (const license of readdirSync(library).filter((item) => /^licen[sc]e/i.test(item))) {
        copyFileSync(join(library, license), join(target, license));
      }
      return `${keyword}${quote}${relativeImport(file, join(target, relative(library, path)))}${quote}`;
    });
    if (rewritten !== text) writeFileSync(file, rewritten);
  }
}
