/** The tool `fs.stat`: what a path is. */
import { defineAction } from "@weftos/interface";
import { z } from "@weftos/schema";
import { checkUnmoved, type PathPorts, settlePath } from "../path/settle-path.ts";
import { defineTool, type Tool } from "../tool/define-tool.ts";
import { ToolFailedError } from "../tool/tool-errors.ts";
import { fsRead, pathAttributes, pathInput, pathResource, settledPathShape, shownPath } from "./path-action.ts";

const NAME = "fs.stat";

/** Gives the tool `fs.stat`. */
export function statTool(ports: PathPorts): Tool {
  return defineTool({
    name: NAME,
    description: "Tells the kind, size and last change of a path. A link is told about itself, not about its target.",
    input: z.strictObject({ path: pathInput }),
    settle: async ({ path }, { subject }) => await settlePath(ports, NAME, path, "keep", subject),
    action: defineAction({
      ...fsRead,
      input: z.strictObject(settledPathShape),
      resource: pathResource,
      attributes: (call) => pathAttributes(NAME, call),
      display: (call) => `look at the ${shownPath(call)}`,
      run: async ({ path }) => {
        const entry = await ports.files.stat(path);
        await checkUnmoved(ports.files, NAME, path, "keep");
        if (entry === undefined) {
          throw new ToolFailedError(`${NAME}: there is nothing at the path`, {
            details: { tool: NAME, reason: "ENOENT" },
          });
        }
        return { kind: entry.kind, bytes: entry.size, mode: entry.mode, modifiedMs: entry.modifiedMs };
      },
    }),
  });
}
