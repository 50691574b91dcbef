/** `weaver tour`: the frame of the main job; the story itself is in `../tour`. */
import { resolve } from "node:path";
import { checkStateDirectory } from "../arguments/state-directory.ts";
import type { Invocation } from "./command.ts";

/** Runs the tour and gives its exit code. */
export async function run({ values, positionals, workingFolder, terminal, host }: Invocation): Promise<number> {
  const { runTour } = await import("../tour/run-tour.ts");
  const folder = positionals[0];
  const dir = values.dir;
  if (typeof dir === "string") checkStateDirectory(resolve(workingFolder, dir));
  return await runTour({
    ...(folder === undefined ? {} : { folder }),
    cwd: workingFolder,
    ...(typeof dir === "string" ? { dir } : {}),
    json: values.json === true,
    fast: values.fast === true,
    terminal,
    typed: host.typed,
  });
}
