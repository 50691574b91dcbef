/** The tools that every kernel has. */
import { type ActionDeclaration, defineAction } from "@weftos/interface";
import { z } from "@weftos/schema";
import { fsRead, fsRemove } from "./fs/path-action.ts";
import { readDirTool } from "./fs/read-dir.ts";
import { readFileTool } from "./fs/read-file.ts";
import { removeTool } from "./fs/remove.ts";
import { statTool } from "./fs/stat.ts";
import { netPost, type PostPorts, postTool } from "./http/post.ts";
import type { PathPorts } from "./path/settle-path.ts";
import type { Tool } from "./tool/define-tool.ts";

/** The actions behind the native tools. */
export const nativeDeclarations: readonly ActionDeclaration[] = [fsRead, fsRemove, netPost].map(
  (init) => defineAction({ ...init, input: z.unknown(), run: () => null }).declaration,
);

/** What the native tools ask of a kernel. */
export type NativePorts = PathPorts & PostPorts;

/** Gives the native tools. Their names, descriptions and actions do not depend on the ports. */
export function nativeTools(ports: NativePorts): readonly Tool[] {
  return [readFileTool(ports), readDirTool(ports), statTool(ports), removeTool(ports), postTool(ports)];
}
