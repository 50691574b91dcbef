/**
 * Finds packages that are linked into a `node_modules` from elsewhere, without following the link: where the permission model binds
 * the code, the link is not granted, since past a link `..` leads where the runtime does not look. So such a package is asked for
 * from within its own folder. Runs before any package is loaded, so it imports none.
 */
import { createRequire, registerHooks } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Where a link lies, and the folder of the package that it leads to. */
export type LinkedPackage = readonly [link: string, folder: string];

/** Resolves linked packages from now on. */
export function findLinked(given: readonly LinkedPackage[]): void {
  if (given.length === 0) return;
  const links = new Map(given);
  registerHooks({
    resolve(specifier, context, next) {
      const folder = linkedFor(specifier, context.parentURL, links);
      if (folder === undefined) return next(specifier, context);
      return next(fromWithin(specifier, folder), { ...context, parentURL: pathToFileURL(join(folder, "x")).href });
    },
  });
}

/** The folder of the linked package that a specifier names where it stands; undefined when it names none. */
function linkedFor(
  specifier: string,
  parentURL: string | undefined,
  links: ReadonlyMap<string, string>,
): string | undefined {
  const name = /^(?:@[^/\\]+\/)?[^./\\@:#][^/\\:]*/.exec(specifier)?.[0];
  if (name === undefined || specifier.includes(":") || parentURL?.startsWith("file:") !== true) return undefined;
  for (let folder = dirname(fileURLToPath(parentURL)); ; folder = dirname(folder)) {
    const place = join(folder, "node_modules", name);
    const linked = links.get(place);
    if (linked !== undefined) return linked;
    if (manifestOf(place) !== undefined || dirname(folder) === folder) return undefined;
  }
}

/** What a package says of itself, as far as it is needed to name its modules. */
interface Manifest {
  readonly name?: string;
  readonly exports?: unknown;
  readonly main?: string;
}

const read = createRequire(import.meta.url);

/** Gives the manifest of a package; undefined where there is none, or none that the code may read. */
function manifestOf(folder: string): Manifest | undefined {
  try {
    return read(join(folder, "package.json")) as Manifest;
  } catch {
    return undefined;
  }
}

/** What a package calls its own module that others name so: by its own name where it declares what it exports, else by its file. */
function fromWithin(specifier: string, folder: string): string {
  const { name, exports, main } = manifestOf(folder) ?? {};
  const path = specifier.split("/").slice(specifier.startsWith("@") ? 2 : 1);
  if (exports !== undefined && name !== undefined) return [name, ...path].join("/");
  return pathToFileURL(join(folder, ...(path.length > 0 ? path : [main ?? "index.js"]))).href;
}
