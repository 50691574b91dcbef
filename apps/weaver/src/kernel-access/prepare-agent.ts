/**
 * Makes paths in what a user typed absolute, the daemon stands in another folder, and takes a bare name for the manifest of that
 * name where the user stands.
 */
import { existsSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { JsonObject, JsonValue } from "@weftos/interface";
import type { Prepare } from "../commands/command.ts";
import { objectOf } from "../view/fields.ts";
import { prepare as found } from "./find-agent.ts";

/** Completes `module`, finds the agent that `pid` names, and completes the file roots of `rights` or `capabilities`. */
export const prepare: Prepare = async (params, access) => {
  const made: Record<string, JsonValue> = { ...(await found(params, access)) };
  if (typeof params.module === "string") made.module = moduleOf(params.module, access);
  for (const field of ["rights", "capabilities"]) {
    const rights = objectOf(params[field]);
    if (rights.files !== undefined) made[field] = { ...rights, files: absolute(objectOf(rights.files), access) };
  }
  return made;
};

function moduleOf(module: string, { workingFolder, warn }: Parameters<Prepare>[1]): string {
  if (isPath(module)) return resolve(workingFolder, module);
  const manifest = join(workingFolder, `${module}.agent.toml`);
  if (!/^[^./\\#:@][^/\\:]*$/.test(module) || !existsSync(manifest)) return module;
  const hidden = packageOf(module, workingFolder);
  if (hidden !== undefined) warn(`${module} is ${module}.agent.toml here, not the package in ${hidden}`);
  return manifest;
}

/** Gives the folder of a package; undefined when there is none. */
function packageOf(name: string, folder: string): string | undefined {
  try {
    const manifest = findPackageJSON(name, pathToFileURL(join(folder, "agent.js")));
    return manifest === undefined ? undefined : dirname(manifest);
  } catch {
    return undefined;
  }
}

/** A path, and no package or URL: it says where it begins, or ends as a file of an agent does. */
function isPath(module: string): boolean {
  if (/^[a-z][a-z0-9+.-]+:/i.test(module) && !isAbsolute(module)) return false;
  return (
    isAbsolute(module) ||
    /^\.{1,2}[\\/]/.test(module) ||
    (/\.(?:[cm]?[jt]s|toml)$/.test(module) && !module.startsWith("@"))
  );
}

/** A root that is not there may be one that is yet to be made, or a slip. */
function absolute(files: JsonObject, { workingFolder, warn }: Parameters<Prepare>[1]): JsonObject {
  const rooted = (path: string): string => {
    const root = resolve(workingFolder, path);
    if (!existsSync(root)) warn(`there is no ${root} yet`);
    return root;
  };
  const lists = Object.entries(files).map(([field, paths]): [string, JsonValue] => [
    field,
    Array.isArray(paths) ? paths.map((path) => (typeof path === "string" ? rooted(path) : path)) : paths,
  ]);
  return Object.fromEntries(lists);
}
