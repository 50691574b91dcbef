/**
 * Node's permission model, as far as the running Node has it: found by its flags, not by its version. It binds an agent's
 * own code to its roots and keeps it from starting processes, threads and native addons. Node calls it a seat belt and no
 * wall against code that is out to break it; signals to other processes of the same user it does not bind.
 */
import { allowedNodeEnvironmentFlags } from "node:process";
import type { CodeRoots } from "./code-roots.ts";
import type { DataRoots } from "./data-roots.ts";

/** Asks whether this Node knows a flag. */
export type KnowsFlag = (flag: string) => boolean;

/** Asks the running Node. */
export const nodeKnows: KnowsFlag = (flag) => allowedNodeEnvironmentFlags.has(flag);

/** Says what of an agent's rights this Node binds. */
export function confinedBy(knows: KnowsFlag): readonly string[] {
  if (!knows("--permission")) return [];
  const always = ["files", "child processes", "worker threads", "native addons"];
  return knows("--allow-net") ? [...always, "network"] : always;
}

/** Makes the flags that bind a child. */
export function permissionFlags(
  knows: KnowsFlag,
  { code, data, network }: { readonly code: readonly CodeRoots[]; readonly data: DataRoots; readonly network: boolean },
): readonly string[] {
  if (!knows("--permission")) return [];
  const below = (flag: string, root: string): string[] => [`${flag}=${root}`, `${flag}=${withoutEnd(root)}/*`];
  return [
    "--permission",
    // Its databases are opened past the model.
    ...(knows("--experimental-sqlite") ? ["--no-experimental-sqlite"] : []),
    // Another agent could run code in it by its inspector.
    ...(knows("--disable-sigusr1") ? ["--disable-sigusr1"] : []),
    ...(network && knows("--allow-net") ? ["--allow-net"] : []),
    ...unique(code.flatMap(({ files }) => files)).map((file) => `--allow-fs-read=${file}`),
    ...unique([...code.flatMap(({ folders }) => folders), ...data.read]).flatMap((root) =>
      below("--allow-fs-read", root),
    ),
    ...data.write.flatMap((root) => below("--allow-fs-write", root)),
  ];
}

function unique(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)];
}

function withoutEnd(root: string): string {
  return root.replace(/[\\/]+$/, "");
}
