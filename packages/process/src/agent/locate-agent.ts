/**
 * Finds what a name names: a manifest with the module and the options that its author thinks right, or the URL of a module, as an
 * import in the kernel's working folder would find it. A bare name is the manifest of that name in the folder, before a package.
 */
import { registerHooks } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type AgentSource, type Files, isWeftError, type ModuleName } from "@weftos/interface";
import { parseToml, validateDocument } from "@weftos/schema";
import { inputInvalid } from "../input-invalid.ts";
import { type ManifestSpawn, manifestSpawn } from "../manifest/manifest-options.ts";
import { type Dependencies, manifestSchema } from "../manifest/manifest-schema.ts";
import { AgentLoadFailedError } from "../process-errors.ts";
import { loadFailed } from "./load-agent.ts";
import { isBare, nameOfFile, nameOfPackage } from "./source-name.ts";

const MAX_NAME = 4096;
/** Of a manifest's name, which its agent is called after. */
const MAX_BARE = 128;
const MAX_MANIFEST_BYTES = 262_144;
const MANIFEST_END = ".agent.toml";

/** What is to be started. */
export interface Located {
  readonly source: AgentSource;
  /** Those of the manifest with the given ones over them. */
  readonly options: unknown;
  /** What it is called when the options do not say; undefined of a definition, which has a name. */
  readonly name?: string | undefined;
  /** Whether a manifest says so. */
  readonly byManifest?: boolean;
  /** What must be there first. */
  readonly dependencies?: Dependencies | undefined;
  /** File of the package that a name could mean as well. */
  readonly hides?: string | undefined;
}

/**
 * Finds an agent.
 *
 * @param folder - absolute path of the kernel's working folder
 * @throws AGENT_LOAD_FAILED when there is no such module or manifest, or the manifest does not fit; PROCESS_INPUT_INVALID
 */
export async function locateAgent(
  given: AgentSource | ModuleName,
  options: unknown,
  { folder, files }: { readonly folder: string; readonly files: Pick<Files, "read" | "stat"> },
): Promise<Located> {
  const beside = typeof given === "string" ? await manifestOf(given, folder, files) : undefined;
  const source = beside ?? (typeof given === "string" ? resolveModule(given, folder) : given);
  if (!(source instanceof URL) || source.protocol !== "file:" || !source.pathname.endsWith(MANIFEST_END)) {
    const name = typeof given === "string" ? nameOfPackage(given) : undefined;
    return { source, options, name: name ?? (source instanceof URL ? nameOfFile(source) : undefined) };
  }
  const path = fileURLToPath(source);
  const folderOfIt = parentOf(path);
  const { module, options: told, dependencies } = await readManifest(path, folderOfIt, files);
  const explicit = typeof options === "object" && options !== null ? definedOf(options) : options;
  return {
    source: resolveModule(module, folderOfIt),
    options: explicit === undefined ? told : typeof explicit === "object" ? { ...told, ...explicit } : explicit,
    name: nameOfFile(source),
    byManifest: true,
    dependencies,
    hides: beside === undefined ? undefined : packageOf(given as string, folder),
  };
}

/** Gives the manifest in a folder that a bare name names; undefined when there is none. */
async function manifestOf(name: ModuleName, folder: string, files: Pick<Files, "stat">): Promise<URL | undefined> {
  if (name.length > MAX_BARE || !isBare(name) || /[/@\0]/.test(name)) return undefined;
  const path = `${folder}/${name}${MANIFEST_END}`;
  return (await files.stat(path)) === undefined ? undefined : pathToFileURL(path);
}

/** Gives the file of the package of a name; undefined when there is none. */
function packageOf(name: string, folder: string): string | undefined {
  try {
    const module = resolveModule(name, folder);
    return module.protocol === "file:" ? fileURLToPath(module) : undefined;
  } catch {
    return undefined;
  }
}

/** Resolves a package's name, a path or a URL as an import in a folder would. @throws AGENT_LOAD_FAILED, PROCESS_INPUT_INVALID */
export function resolveModule(name: ModuleName, folder: string): URL {
  if (name === "" || name.length > MAX_NAME || name.includes("\0")) {
    throw inputInvalid("the module of an agent", `a name of 1 to ${MAX_NAME} characters`, name);
  }
  const parentURL = pathToFileURL(`${folder}/agent.js`).href;
  // Only a hook can name another parent. It is there for this one synchronous call.
  const hook = registerHooks({
    resolve: (specifier, context, next) => next(specifier, { ...context, parentURL }),
  });
  try {
    return new URL(import.meta.resolve(isAbsolute(name) ? pathToFileURL(name).href : name));
  } catch (cause) {
    throw loadFailed(name, absent(name.slice(0, 200), folder, cause), cause);
  } finally {
    hook.deregister();
  }
}

function absent(name: string, folder: string, cause: unknown): string {
  if (cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND" && isBare(name)) {
    const file = /\.\w+$/.test(name) ? name : `${name}.js`;
    return `there is no package ${name} in ${folder}: a file is named by its path, such as ./${file}, and a manifest by its name`;
  }
  // Who imports is made up for the one call.
  const from = ` imported from ${folder}/agent.js`;
  const why = cause instanceof Error ? cause.message.split("\n", 1)[0]?.replace(from, "") : "unknown";
  return `the module ${name} cannot be found from ${folder}: ${why}`;
}

async function readManifest(path: string, folder: string, files: Pick<Files, "read">): Promise<ManifestSpawn> {
  try {
    const bytes = await files.read(path, { maxBytes: MAX_MANIFEST_BYTES });
    const document = await parseToml(new TextDecoder("utf-8", { fatal: true }).decode(bytes), { file: path });
    return manifestSpawn(validateDocument(manifestSchema, document), folder);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "unknown";
    const message = isWeftError(cause) ? why : `the manifest ${path} cannot be read: ${why}`;
    throw new AgentLoadFailedError(message, { details: { module: path.slice(0, 200) }, cause });
  }
}

/** Leaves out what is undefined, which is not said. */
function definedOf(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function isAbsolute(name: string): boolean {
  return name.startsWith("/") || /^[A-Za-z]:[\\/]/.test(name) || name.startsWith("\\\\");
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")));
}
