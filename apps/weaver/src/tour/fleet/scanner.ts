/**
 * Walks the folder and tells the coordinator every regular file that ends in `.md`, in a fixed order. It sees folders only
 * through the guarded tool, follows no link and leaves nothing out.
 */
import { type AgentContext, defineAgent } from "@weftos/interface";
import { understood } from "../tour-error.ts";
import { failureCode } from "./failure-code.ts";
import { folderEntries, PATHS_A_MESSAGE, scannerInput } from "./protocol.ts";

export const scanner = defineAgent({
  name: "scanner",
  async run(agent) {
    const { folder } = understood(scannerInput, agent.input, "the scanner's input");
    const found: string[] = [];
    // Folders still to be listed, relative to the root; the last one is next.
    const open = [""];
    for (let here = open.pop(); here !== undefined; here = open.pop()) {
      const below: string[] = [];
      for (const { name, kind } of await list(agent, folder, here)) {
        const path = here === "" ? name : `${here}/${name}`;
        if (kind === "folder") below.push(path);
        else if (kind === "file" && name.endsWith(".md")) found.push(path);
        if (found.length >= PATHS_A_MESSAGE) await tellFound(agent, found);
      }
      open.push(...below.reverse());
    }
    await tellFound(agent, found);
    await agent.request(agent.parent, { kind: "scanned" });
  },
});

async function list(agent: AgentContext, folder: string, here: string) {
  try {
    const path = here === "" ? folder : `${folder}/${here}`;
    const answer = await agent.tools.call("fs.read_dir", { path }, { signal: agent.signal });
    return understood(folderEntries, answer, "the answer of fs.read_dir").entries;
  } catch (error) {
    agent.signal.throwIfAborted();
    await agent.request(agent.parent, {
      kind: "closed-folder",
      path: here === "" ? "." : here,
      code: failureCode(error),
    });
    return [];
  }
}

async function tellFound(agent: AgentContext, found: string[]): Promise<void> {
  if (found.length === 0) return;
  await agent.request(agent.parent, { kind: "found", paths: found.splice(0) });
}
