/**
 * The name of an agent that nobody named, known before its module is loaded. State, records and policies go by it, so what
 * differs must not be called the same: a file that is called like every other takes its folder's name, and what lies in a
 * `node_modules` its package's. Nothing is read: files of the same name in other folders are called the same.
 */
import type { ModuleName } from "@weftos/interface";

/** Files that are called so in every package say nothing; nor do the folders that a build puts them in. */
const everywhere = new Set(["", "index", "main"]);
const built = new Set(["", "build", "cjs", "dist", "esm", "lib", "out", "src"]);
const ending = /\.(?:[cm]?[jt]s|agent\.toml)$/;
const PACKAGES = "node_modules";

/**
 * Names the agent of a module or a manifest after its file, without ending; of an `index` or `main` after the folder. In a
 * package, `node_modules/@acme/clerk/dist/night.js`, that follows its name: `acme.clerk.night`; what would be the package's own
 * name again, or a `dist/index.js`, is `acme.clerk`.
 *
 * @param url - of the file; of a `data:` URL the name is `agent`
 */
export function nameOfFile(url: URL): string {
  if (url.protocol === "data:") return "agent";
  const parts = decoded(url.pathname).split("/");
  const packages = parts.lastIndexOf(PACKAGES) + 1;
  const own = packages + (parts[packages]?.startsWith("@") === true ? 2 : 1);
  if (packages === 0 || own >= parts.length) return within(parts) ?? (parts.at(-2) || stemOf(parts) || "agent");
  const name = dotted(parts.slice(packages, own).join("/"));
  const file = within(parts.slice(own));
  return file === undefined || file === parts[own - 1] ? name : `${name}.${file}`;
}

/** Names the agent of a package, `@acme/clerk/night`, after it: `acme.clerk.night`; undefined when the name is no package's. */
export function nameOfPackage(given: ModuleName): string | undefined {
  return isBare(given) ? dotted(given) : undefined;
}

/** Whether an import would look for a package: no path, no URL, no import of the package itself. */
export function isBare(name: ModuleName): boolean {
  return /^[^./\\#:][^\\:]*$/.test(name);
}

/** What a file below a folder is called; undefined when neither it nor a folder between says anything. */
function within(path: readonly string[]): string | undefined {
  const stem = stemOf(path);
  return everywhere.has(stem) ? path.slice(0, -1).findLast((part) => !built.has(part)) : stem;
}

function stemOf(path: readonly string[]): string {
  return (path.at(-1) ?? "").replace(ending, "");
}

function dotted(name: string): string {
  return name.replace(/^@/, "").replaceAll("/", ".");
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
