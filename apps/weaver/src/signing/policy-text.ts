/** Reads the policy file that was named, if one was, as text: the kernel checks it, and says file, line and rule of a mistake. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Prepare } from "../commands/command.ts";
import { UsageError } from "../failure/usage-error.ts";

const MAX_BYTES = 4_194_304;

export const prepare: Prepare = async (params, { workingFolder }) => {
  if (params.file === undefined) return params;
  const file = String(params.file);
  const text = await readFile(resolve(workingFolder, file), "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file} cannot be read: ${error.code ?? "UNKNOWN"}`, "name a policy file, TOML or JSON");
  });
  if (text.length > MAX_BYTES) throw new UsageError(`${file} is larger than ${MAX_BYTES} bytes`, "name a policy file");
  return { ...params, text };
};
