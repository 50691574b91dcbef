/** Makes paths in what a user typed absolute: the daemon stands in another folder. */
import { isAbsolute, resolve } from "node:path";
import type { JsonObject, JsonValue } from "@weftos/interface";
import type { Prepare } from "../commands/command.ts";
import { objectOf } from "../view/fields.ts";
import { prepare as found } from "./find-agent.ts";

/** Completes `module`, finds the agent that `pid` names, and completes the file roots of `rights` or `capabilities`. */
export const prepare: Prepare = async (params, access) => {
  const { workingFolder } = access;
  const made: Record<string, JsonValue> = { ...(await found(params, access)) };
  if (typeof params.module === "string" && isPath(params.module)) made.module = resolve(workingFolder, params.module);
  for (const field of ["rights", "capabilities"]) {
    const rights = objectOf(params[field]);
    if (rights.files !== undefined) made[field] = { ...rights, files: absolute(objectOf(rights.files), workingFolder) };
  }
  return made;
};

/** A path, and no package or URL: it says where it begins, or ends as a file of an agent does. */
function isPath(module: string): boolean {
  if (/^[a-z][a-z0-9+.-]+:/i.test(module) && !isAbsolute(module)) return false;
  return (
    isAbsolute(module) ||
    /^\.{1,2}[\\/]/.test(module) ||
    (/\.(?:[cm]?[jt]s|toml)$/.test(module) && !module.startsWith("@"))
  );
}

function absolute(files: JsonObject, folder: string): JsonObject {
  const lists = Object.entries(files).map(([field, paths]): [string, JsonValue] => [
    field,
    Array.isArray(paths) ? paths.map((path) => (typeof path === "string" ? resolve(folder, path) : path)) : paths,
  ]);
  return Object.fromEntries(lists);
}
