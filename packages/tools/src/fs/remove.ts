/** The tool `fs.remove`: removes one entry. A link is removed itself; its target stays. */
import { defineAction } from "@weftos/interface";
import { z } from "@weftos/schema";
import { checkUnmoved, type PathPorts, pathChanged, settlePath } from "../path/settle-path.ts";
import { defineTool, type Tool } from "../tool/define-tool.ts";
import { type Covered, effectBeyond } from "../tool/extent.ts";
import { ToolFailedError } from "../tool/tool-errors.ts";
import { countEntries } from "./count-entries.ts";
import { fsRemove, pathAttributes, pathInput, pathResource, settledPathShape, shownPath } from "./path-action.ts";

const NAME = "fs.remove";
/** The declared risk is that of a file, or of a folder that holds up to so much. */
const COVERED: Covered = { dimension: "risk", declared: fsRemove.effect.risk, most: 1000 };

/** What was removed; of a folder also what it held at all depths, itself included, as far as it was counted. */
type Removed = { readonly removed: string } | { readonly removed: string; readonly entries: number };

/** Gives the tool `fs.remove`. */
export function removeTool(ports: PathPorts): Tool {
  return defineTool({
    name: NAME,
    description: "Removes a file, or with `recursive` a folder and all it holds. It cannot be undone.",
    input: z.strictObject({ path: pathInput, recursive: z._default(z.boolean(), false) }),
    settle: async ({ path, recursive }, { subject }) => ({
      ...(await settlePath(ports, NAME, path, "keep", subject)),
      recursive,
    }),
    action: defineAction({
      ...fsRemove,
      input: z.strictObject({ ...settledPathShape, recursive: z.boolean() }),
      resource: pathResource,
      attributes: (call) => ({ ...pathAttributes(NAME, call), recursive: call.recursive }),
      display: (call) => `remove${call.recursive ? " with all it holds" : ""} the ${shownPath(call)}`,
      summary: (done: Removed) => ("entries" in done ? { ...done, ...effectBeyond(COVERED, done.entries) } : done),
      run: async ({ path, kind, recursive }, { signal }): Promise<Removed> => {
        const entry = await ports.files.stat(path);
        if (entry !== undefined && entry.kind !== kind) throw pathChanged(NAME);
        if (entry?.kind === "folder" && !recursive) {
          const message = `${NAME}: expected recursive: true for a folder, got false`;
          throw new ToolFailedError(message, { details: { tool: NAME, reason: "EISDIR" } });
        }
        const entries = kind === "folder" ? await countEntries(ports.files, path, signal) : undefined;
        await checkUnmoved(ports.files, NAME, path, "keep");
        await ports.files.remove(path, { recursive });
        return entries === undefined ? { removed: kind } : { removed: kind, entries };
      },
    }),
  });
}
