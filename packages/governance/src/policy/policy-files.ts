/**
 * Finds and reads the policy files that the configuration names. They lie below the folder of the configuration, by their real
 * paths: what decides must not be swapped by whoever may write elsewhere.
 *
 * Limits: 64 entries, 256 files, 1 MiB of text for one.
 */
import type { Files } from "@weftos/interface";
import { MAX_DOCUMENT_LENGTH, z } from "@weftos/schema";
import { loadPlacedPolicy } from "./load-policy.ts";
import type { PlacedPolicy } from "./policy.ts";
import { PolicyInvalidError } from "./policy-errors.ts";
import { compileTextGlob } from "./text-glob.ts";

const MAX_ENTRIES = 64;
const MAX_FILES = 256;
const ENTRY = /^(?!\.{0,2}\/)(?:[^/\\*]+\/)*[^/\\]+\.(?:toml|json)$/;

/** `[governance] policies`: paths below the folder of the configuration; `*` in the last part stands for any run of characters. */
export const policyEntriesSchema = z.lazy(() =>
  z
    .array(
      z.string().check(
        z.maxLength(1024),
        z.refine(
          (entry) => ENTRY.test(entry) && !entry.split("/").some((part) => part === "." || part === ".."),
          "expected a path below the folder of the configuration, such as policies/*.toml or rules.json",
        ),
      ),
    )
    .check(z.maxLength(MAX_ENTRIES)),
);

/** What was found. */
export interface PolicyFiles {
  /** By the order of the entries, then of the names. */
  readonly policies: readonly PlacedPolicy[];
  /** Entries with a `*` that no file matches. */
  readonly unmatched: readonly string[];
}

/** Says where an entry stands, for messages. */
type PlaceOf = (index: number) => { readonly source: string; readonly line: number | undefined };

/**
 * Reads them.
 *
 * @param folder - absolute path of the folder of the configuration
 * @throws `GOVERNANCE_POLICY_INVALID` for a file that cannot be read or leads elsewhere, and as `loadPolicy`
 */
export async function readPolicyFiles(
  files: Pick<Files, "list" | "read" | "realPath">,
  folder: string,
  entries: readonly string[],
  placeOf: PlaceOf,
): Promise<PolicyFiles> {
  const found = new Map<string, number>();
  const unmatched: string[] = [];
  for (const [index, entry] of entries.entries()) {
    const names = await namesOf(files, folder, entry, () => placeOf(index));
    if (names.length === 0) unmatched.push(entry);
    for (const name of names) if (!found.has(name)) found.set(name, index);
  }
  if (found.size > MAX_FILES)
    throw invalid(placeOf(0), `expected at most ${MAX_FILES} policy files, got ${found.size}`);
  const root = found.size === 0 ? folder : await files.realPath(folder);
  const policies: PlacedPolicy[] = [];
  for (const [name, index] of found) policies.push(await readOne(files, { folder, root, name }, () => placeOf(index)));
  return { policies, unmatched };
}

/** Lists the paths, relative to the folder, that an entry names. */
async function namesOf(
  files: Pick<Files, "list">,
  folder: string,
  entry: string,
  place: () => ReturnType<PlaceOf>,
): Promise<readonly string[]> {
  const cut = entry.lastIndexOf("/") + 1;
  const pattern = entry.slice(cut);
  if (!pattern.includes("*")) return [entry];
  const matches = compileTextGlob(pattern);
  const within = cut === 0 ? folder : `${folder}/${entry.slice(0, cut - 1)}`;
  const listed = await files.list(within).catch((cause: unknown) => {
    throw invalid(place(), `expected a folder of policy files at ${within}, got ${reasonOf(cause)}`, cause);
  });
  // What editors and systems hide is no policy yet.
  return listed
    .filter(({ name, kind }) => kind !== "folder" && !name.startsWith(".") && matches(name))
    .map(({ name }) => `${entry.slice(0, cut)}${name}`);
}

async function readOne(
  files: Pick<Files, "read" | "realPath">,
  at: { readonly folder: string; readonly root: string; readonly name: string },
  place: () => ReturnType<PlaceOf>,
): Promise<PlacedPolicy> {
  const { folder, root, name } = at;
  let text: string;
  try {
    const path = await files.realPath(`${folder}/${name}`);
    if (!path.startsWith(root.endsWith("/") ? root : `${root}/`))
      throw invalid(place(), `expected the policy file ${name} below ${root}, got a link that leads to ${path}`);
    // A character takes one byte at least, and three at most as UTF-8 for each unit of a text.
    const bytes = await files.read(path, { maxBytes: 3 * MAX_DOCUMENT_LENGTH });
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    if (cause instanceof PolicyInvalidError) throw cause;
    throw invalid(place(), `expected a policy file at ${folder}/${name}, got ${reasonOf(cause)}`, cause);
  }
  return await loadPlacedPolicy(text, { file: name });
}

function reasonOf(error: unknown): string {
  if (error instanceof TypeError) return "bytes that are no UTF-8";
  if (!(error instanceof Error && "code" in error)) return "an error";
  return error.code === "ENOENT" ? "none (ENOENT)" : String(error.code);
}

function invalid({ source, line }: ReturnType<PlaceOf>, message: string, cause?: unknown): PolicyInvalidError {
  return new PolicyInvalidError(`${source}${line === undefined ? "" : `:${line}`}: governance.policies: ${message}`, {
    details: { file: source, line: line ?? 0, column: 0, rule: undefined, key: "governance.policies" },
    cause,
  });
}
