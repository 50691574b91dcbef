/** The tool `fs.read_dir`: the entries of one folder. */
import { defineAction } from "@weftos/interface";
import { z } from "@weftos/schema";
import { checkUnmoved, type PathPorts, settlePath } from "../path/settle-path.ts";
import { defineTool, type Tool } from "../tool/define-tool.ts";
import { ToolOutputTooLargeError } from "../tool/tool-errors.ts";
import { fsRead, pathAttributes, pathInput, pathResource, settledPathShape, shownPath } from "./path-action.ts";

const NAME = "fs.read_dir";
const MAX_ENTRIES = 100_000;

/** Gives the tool `fs.read_dir`. */
export function readDirTool(ports: PathPorts): Tool {
  return defineTool({
    name: NAME,
    description: "Lists the names in a folder with their kinds: file, folder, link or other. Links are not followed.",
    input: z.strictObject({ path: pathInput }),
    settle: async ({ path }, { subject }) => await settlePath(ports, NAME, path, "follow", subject),
    action: defineAction({
      ...fsRead,
      input: z.strictObject(settledPathShape),
      resource: pathResource,
      attributes: (call) => pathAttributes(NAME, call),
      display: (call) => `list the ${shownPath(call)}`,
      run: async ({ path }) => {
        const entries = await ports.files.list(path);
        await checkUnmoved(ports.files, NAME, path, "follow");
        if (entries.length > MAX_ENTRIES) {
          const details = { tool: NAME, limit: MAX_ENTRIES };
          throw new ToolOutputTooLargeError(`${NAME}: the folder has more than ${MAX_ENTRIES} entries`, { details });
        }
        return { entries: entries.map(({ name, kind }) => ({ name, kind })) };
      },
    }),
  });
}
