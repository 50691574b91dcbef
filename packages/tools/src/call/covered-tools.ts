/** Tells which tools a process may try at all: a list for models, not a decision; the guard decides on every call. */
import type { Capabilities, Right } from "@weftos/interface";
import { compileGlob } from "@weftos/schema";
import type { Tool } from "../tool/define-tool.ts";

/** Lists the tools that capabilities cover: by their globs, and by what the tool's action needs besides. */
export function coveredTools(tools: Iterable<Tool>, capabilities: Capabilities): readonly Tool[] {
  const allow = capabilities.tools.allow.map((pattern) => compileGlob(pattern));
  const deny = capabilities.tools.deny.map((pattern) => compileGlob(pattern));
  return [...tools].filter(
    ({ name, action }) =>
      allow.some((glob) => glob.matches(name)) &&
      !deny.some((glob) => glob.matches(name)) &&
      action.declaration.rights.every((right) => mayHold(capabilities, right)),
  );
}

function mayHold({ canSpawn, canIpc, canExecTools, canNetwork, files }: Capabilities, right: Right): boolean {
  switch (right) {
    case "spawn":
      return canSpawn;
    case "ipc":
      return canIpc;
    case "tool":
      return canExecTools;
    case "network":
      return canNetwork;
    case "files.read":
      return files.read.length + files.own.length > 0;
    case "files.write":
      return files.write.length + files.own.length > 0;
    case "operator":
      return false;
  }
}
