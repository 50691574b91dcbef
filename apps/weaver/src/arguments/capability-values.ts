/** Reads rights from `--cap`: words such as `network`, `tool:fs.*`, `read:./docs`, `scope:parent`. */
import type { JsonObject, JsonValue } from "@weftos/interface";
import { UsageError } from "../failure/usage-error.ts";
import { suggest } from "./suggest.ts";

/** What `--cap` takes, for help. */
export const capHelp =
  "a right: spawn, ipc, tools, network, tool:<glob>, read:|write:|own:<path>, scope:all|parent|none, pid:<n>, topic:<glob>; deny-tool:<glob>, deny:<path>";

/** What `--cap` takes where rights are taken away, for help. */
export const takenHelp =
  "a right that goes: spawn, ipc, tools, network, tool:<glob>, read:|write:|own:<path>; deny-tool:<glob>, deny:<path>";
/** What `--keep` takes, for help. */
export const keepHelp =
  "to whom it may still send, and to nobody else: scope:parent, scope:none, pid:<n>, topic:<glob>";

const flags: Readonly<Record<string, string>> = {
  spawn: "canSpawn",
  ipc: "canIpc",
  tools: "canExecTools",
  network: "canNetwork",
};
const lists: Readonly<Record<string, readonly [group: "tools" | "files", field: string]>> = {
  tool: ["tools", "allow"],
  "deny-tool": ["tools", "deny"],
  read: ["files", "read"],
  write: ["files", "write"],
  own: ["files", "own"],
  deny: ["files", "deny"],
};
/** What may stand behind the colon; of files a path. */
const examples: Readonly<Record<string, string>> = {
  tool: "fs.*",
  "deny-tool": "fs.remove",
  scope: "parent",
  pid: "12",
  topic: "news.*",
};
const scopes: Readonly<Record<string, string>> = { all: "all", parent: "parentOnly", none: "none" };

/**
 * Makes a request for rights.
 *
 * @param given - what a flag is set to: true to ask or grant, false to revoke; `no-<flag>` is the other
 * @throws `API_USAGE`
 */
export function capabilitiesOf(words: readonly string[], given: boolean): JsonObject {
  const rights: Record<string, JsonValue> = {};
  const groups: { tools: Record<string, string[]>; files: Record<string, string[]> } = { tools: {}, files: {} };
  const pids: number[] = [];
  const topics: string[] = [];
  let scope: string | undefined;
  for (const word of words) {
    const colon = word.indexOf(":");
    const [kind, value] = colon < 0 ? [word, ""] : [word.slice(0, colon), word.slice(colon + 1)];
    const bare = kind.replace(/^no-/, "");
    const flag = Object.hasOwn(flags, bare) ? flags[bare] : undefined;
    const list = Object.hasOwn(lists, kind) ? lists[kind] : undefined;
    if (flag !== undefined && colon < 0) rights[flag] = kind === bare ? given : !given;
    else if (list !== undefined && value !== "") {
      const [group, field] = list;
      groups[group][field] = [...(groups[group][field] ?? []), value];
    } else if (kind === "scope" && Object.hasOwn(scopes, value)) scope = scopes[value];
    else if (kind === "pid" && /^\d{1,15}$/.test(value)) pids.push(Number(value));
    else if (kind === "topic" && value !== "") topics.push(value);
    else throw unknownRight(word);
  }
  if (!given && (scope !== undefined || pids.length > 0 || topics.length > 0)) {
    throw new UsageError(
      "--cap takes no part of a message scope away",
      "say what of it stays, such as --keep topic:news.*",
    );
  }
  const named = [scope, pids.length > 0 ? "pid" : undefined, topics.length > 0 ? "topic" : undefined];
  if (named.filter((one) => one !== undefined).length > 1) {
    throw new UsageError("--cap names more than one message scope", "give scope:…, pid:… or topic:…");
  }
  if (scope !== undefined) rights.ipcScope = { kind: scope };
  if (pids.length > 0) rights.ipcScope = { kind: "restricted", pids };
  if (topics.length > 0) rights.ipcScope = { kind: "topic", topics };
  if (Object.keys(groups.tools).length > 0) rights.tools = groups.tools;
  if (Object.keys(groups.files).length > 0) rights.files = groups.files;
  return rights;
}

/** Makes a request for the message scope that is left of a wider one. @throws `API_USAGE` */
export function keptScope(words: readonly string[]): JsonObject {
  const { ipcScope, ...others } = capabilitiesOf(words, true);
  if (ipcScope !== undefined && Object.keys(others).length === 0) return { ipcScope };
  throw new UsageError(
    "--keep names a message scope",
    "such as --keep scope:parent, --keep pid:12, --keep topic:news.*",
  );
}

function unknownRight(word: string): UsageError {
  const kind = word.replace(/:$/, "");
  if (kind !== word && (Object.hasOwn(lists, kind) || ["scope", "pid", "topic"].includes(kind))) {
    return new UsageError(`--cap ${word} says not what`, `such as --cap ${word}${examples[kind] ?? "./docs"}`);
  }
  const names = [...Object.keys(flags), ...Object.keys(lists).map((name) => `${name}:`), "scope:", "pid:", "topic:"];
  const near = suggest(word.replace(/:.*$/, ":"), names);
  return new UsageError(
    `--cap does not know the right ${JSON.stringify(word.slice(0, 64))}`,
    near === undefined ? "such as --cap network, --cap tool:fs.*, --cap read:./docs" : `did you mean ${near}?`,
  );
}
