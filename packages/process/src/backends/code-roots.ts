/**
 * What the code of an agent in its own process must be able to read to run at all: this package, the packages installed for
 * it and for the agent, and the agent's module with the code files beside and below it. Data files are not among them.
 */
import type { Files } from "@weftos/interface";
import { AgentLoadFailedError } from "../process-errors.ts";
import type { LinkedPackage } from "./linked-packages.ts";

/** Code files of one agent that are granted by name; one that has more lies in a granted folder. */
const MAX_CODE_FILES = 1000;
/** Names that are looked at for them. */
const MAX_NAMES = 20_000;
/** Names in one `node_modules` that are looked at for packages linked into it. */
const MAX_PACKAGES = 4096;

type LookFiles = Pick<Files, "list" | "realPath" | "stat">;

/** What code may read to run. */
export interface CodeRoots {
  readonly files: readonly string[];
  /** With all below them. */
  readonly folders: readonly string[];
  /** Packages that lie elsewhere than in the folder of packages where they are looked for. */
  readonly linked: readonly LinkedPackage[];
}

/** Gives what the entry of a child must read. */
export async function entryRoots(entry: string, disk: LookFiles): Promise<CodeRoots> {
  const folder = await disk.realPath(parentOf(entry));
  const packages = await installed(folder, disk);
  return { ...packages, folders: [folder, ...packages.folders] };
}

/** Gives what an agent's module must read. @throws AGENT_LOAD_FAILED when it is absent or has too many files */
export async function moduleRoots(module: string, disk: LookFiles): Promise<CodeRoots> {
  let path: string;
  try {
    path = await disk.realPath(module);
  } catch (cause) {
    throw new AgentLoadFailedError(`the module ${module} cannot be found`, { details: { module }, cause });
  }
  const folder = parentOf(path);
  // Beside the files of an installed package, only packages lie.
  const packages = await installed(folder, disk);
  const files = /[\\/]node_modules(?:[\\/]|$)/.test(folder) ? [] : await codeFiles(folder, module, disk);
  return { ...packages, files: [...files, ...packages.files] };
}

async function codeFiles(top: string, module: string, disk: LookFiles): Promise<readonly string[]> {
  const found: string[] = [];
  const folders = [top];
  let names = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const { name, kind } of await disk.list(folder)) {
      names += 1;
      if (kind === "folder" && name !== "node_modules" && !name.startsWith(".")) folders.push(join(folder, name));
      else if (kind === "file" && isCode(name)) found.push(join(folder, name));
      if (found.length > MAX_CODE_FILES || names > MAX_NAMES) {
        const message = `too many files lie beside and below ${module} to grant its code by name: give it a folder of its own`;
        throw new AgentLoadFailedError(message, { details: { module } });
      }
    }
  }
  return found;
}

function isCode(name: string): boolean {
  return (/\.[cm]?[jt]s$/.test(name) || name === "package.json") && !name.includes("*");
}

/** The `node_modules` folders from a folder upwards, and the packages that are linked into them from elsewhere. */
async function installed(from: string, disk: LookFiles): Promise<CodeRoots> {
  const packages = new Packages(disk);
  for (let folder = from; ; folder = parentOf(folder)) {
    await packages.add(folder.endsWith("node_modules") ? folder : join(folder, "node_modules"));
    if (parentOf(folder) === folder) return packages.roots();
  }
}

/**
 * Folders of packages: each as one root where no link leaves it, else its packages one by one. Behind a link that leaves, `..` would
 * lead the code anywhere, the runtime believing it within: such a link is not granted. Of the package that it leads to only the code
 * is, which `linked-packages.ts` finds by its real path.
 */
class Packages {
  readonly #disk: LookFiles;
  readonly #seen = new Set<string>();
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();
  readonly #linked: LinkedPackage[] = [];

  constructor(disk: LookFiles) {
    this.#disk = disk;
  }

  roots(): CodeRoots {
    return { files: [...this.#files], folders: [...this.#folders], linked: this.#linked };
  }

  async add(modules: string): Promise<void> {
    if (this.#seen.has(modules) || this.#seen.size >= MAX_PACKAGES) return;
    this.#seen.add(modules);
    const real = await this.#disk.realPath(modules).catch(() => undefined);
    if (real === undefined || (await this.#disk.stat(real))?.kind !== "folder") return;
    if (real !== modules) await this.add(real);
    const { within, leaving } = await this.#look(modules, real);
    // What lies behind a link of this name, `..` would leave by it.
    const whole = leaving.size === 0 && real === modules;
    for (const folder of whole ? [modules] : within) this.#folders.add(folder);
    for (const [link, target] of leaving) await this.#addLinked(link, target);
  }

  /** Looks at what a folder of packages holds: as one, where no link in it leaves `top`. */
  async #look(folder: string, top: string): Promise<Looked> {
    const within: string[] = [];
    const leaving = new Map<string, string>();
    for (const { name, kind } of (await this.#disk.list(folder)).slice(0, MAX_PACKAGES)) {
      const path = join(folder, name);
      if (kind === "folder" && holdsPackages(folder, name)) {
        const inner = await this.#look(path, top);
        within.push(...(inner.leaving.size === 0 ? [path] : inner.within));
        for (const [link, target] of inner.leaving) leaving.set(link, target);
      } else if (kind !== "link") within.push(path);
      else {
        const target = await this.#disk.realPath(path).catch(() => undefined);
        if (target !== undefined && isBelow(target, top)) within.push(path);
        else leaving.set(path, target ?? "");
      }
    }
    return { within, leaving };
  }

  /** A link may lead anywhere: only to a package's code it is followed, and to other folders of packages. */
  async #addLinked(link: string, target: string): Promise<void> {
    if (target === "" || target.includes("*")) return;
    if ((await this.#disk.stat(join(target, "package.json")))?.kind !== "file") return;
    this.#linked.push([link, target]);
    const modules = /^.*[\\/]node_modules(?=[\\/](?:@[^\\/]+[\\/])?[^\\/]+$)/.exec(target)?.[0];
    if (modules !== undefined) {
      await this.add(modules);
      return;
    }
    this.#files.add(join(target, "package.json"));
    for (const code of ["src", "dist"]) this.#folders.add(join(target, code));
    await this.add(join(target, "node_modules"));
  }
}

interface Looked {
  readonly within: readonly string[];
  /** Links that lead out of it, and where to; empty when nowhere. */
  readonly leaving: ReadonlyMap<string, string>;
}

/** Whether a folder in a folder of packages holds packages, or links to them, in its turn: a scope, and what package managers keep. */
function holdsPackages(folder: string, name: string): boolean {
  const kept = /[\\/]\.pnpm$/.test(folder);
  return (
    name.startsWith("@") || name === ".pnpm" || kept || (name === "node_modules" && /[\\/]\.pnpm[\\/]/.test(folder))
  );
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(join(folder, ""));
}

function join(folder: string, name: string): string {
  const separator = folder.includes("\\") ? "\\" : "/";
  return folder.endsWith(separator) ? `${folder}${name}` : `${folder}${separator}${name}`;
}

function parentOf(path: string): string {
  const cut = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  if (cut < 0) return path;
  return cut === 0 ? path.slice(0, 1) : path.slice(0, cut);
}
