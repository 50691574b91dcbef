/**
 * The name of an agent that nobody named, known before its module is loaded. State, records and policies go by it, so what
 * differs must not be called the same: a file that is called like every other takes its folder's name.
 */
import type { ModuleName } from "@weftos/interface";

/** Files that are called so in every package say nothing; nor do the folders that a build puts them in. */
const everywhere = new Set(["", "index", "main"]);
const built = new Set(["", "build", "cjs", "dist", "esm", "lib", "out", "src"]);
const ending = /\.(?:[cm]?[jt]s|agent\.toml)$/;

/**
 * Names the agent of a module or a manifest after its file, without ending; of an `index` or `main` after the folder.
 *
 * @param url - of the file; of a `data:` URL the name is `agent`
 */
export function nameOfFile(url: URL): string {
  if (url.protocol === "data:") return "agent";
  const parts = decodeURIComponent(url.pathname).split("/");
  const stem = (parts.pop() ?? "").replace(ending, "");
  if (!everywhere.has(stem)) return stem;
  const folder = parts.findLast((part) => !built.has(part)) ?? parts.at(-1);
  return folder || stem || "agent";
}

/** Names the agent of a package, `@acme/clerk/night`, after it: `acme.clerk.night`; undefined when the name is no package's. */
export function nameOfPackage(given: ModuleName): string | undefined {
  return isBare(given) ? given.replace(/^@/, "").replaceAll("/", ".") : undefined;
}

/** Whether an import would look for a package: no path, no URL, no import of the package itself. */
function isBare(name: ModuleName): boolean {
  return /^[^./\\#:][^\\:]*$/.test(name);
}
