/**
 * What the code of an agent in its own process must be able to read to run at all: this package, the packages installed for
 * it and for the agent, and the agent's module with the code files beside and below it. Data files are not among them.
 */
import type { Files } from "@weftos/interface";
import { AgentLoadFailedError } from "../process-errors.ts";

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
}

/** Gives what the entry of a child must read. */
export async function entryRoots(entry: string, disk: LookFiles): Promise<CodeRoots> {
  const folder = await disk.realPath(parentOf(entry));
  return { files: [], folders: [folder, ...(await installed(folder, disk))] };
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
  const folders = await installed(folder, disk);
  const files = /[\\/]node_modules(?:[\\/]|$)/.test(folder) ? [] : await codeFiles(folder, module, disk);
  return { files, folders };
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
async function installed(from: string, disk: LookFiles): Promise<readonly string[]> {
  const found: string[] = [];
  for (let folder = from; ; folder = parentOf(folder)) {
    const modules = folder.endsWith("node_modules") ? folder : join(folder, "node_modules");
    if ((await disk.stat(modules))?.kind === "folder" && !found.includes(modules)) {
      found.push(modules, ...(await linkedPackages(modules, disk)));
    }
    if (parentOf(folder) === folder) return [...new Set(found)];
  }
}

async function linkedPackages(modules: string, disk: LookFiles): Promise<readonly string[]> {
  const found: string[] = [];
  const look = async (folder: string, scopes: boolean): Promise<void> => {
    for (const { name, kind } of (await disk.list(folder)).slice(0, MAX_PACKAGES)) {
      const path = join(folder, name);
      if (kind === "folder" && scopes && name.startsWith("@")) await look(path, false);
      if (kind !== "link") continue;
      const real = await disk.realPath(path).catch(() => undefined);
      if (real === undefined || real.includes("*") || /[\\/]node_modules[\\/]/.test(real)) continue;
      // A link may lead anywhere: only to a package's code it is followed.
      if ((await disk.stat(join(real, "package.json")))?.kind !== "file") continue;
      found.push(...["src", "dist", "node_modules"].map((inner) => join(real, inner)));
    }
  };
  await look(modules, true);
  return found;
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
