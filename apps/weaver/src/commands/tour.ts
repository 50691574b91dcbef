/** `weaver tour`: the frame of the main job; the story itself is in `../tour`. */
import type { Invocation } from "./command.ts";

/** Runs the tour and gives its exit code. */
export async function run({ values, positionals, workingFolder, terminal }: Invocation): Promise<number> {
  const { runTour } = await import("../tour/run-tour.ts");
  const folder = positionals[0];
  const dir = values["dir"];
  return await runTour({
    ...(folder === undefined ? {} : { folder }),
    cwd: workingFolder,
    ...(typeof dir === "string" ? { dir } : {}),
    json: values["json"] === true,
    fast: values["fast"] === true,
    terminal,
  });
}
