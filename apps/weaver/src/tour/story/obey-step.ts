/** Step 3: an assistant reads a document that gives it orders, and obeys; the kernel decides what comes of it. */
import { assistant } from "../attack/assistant.ts";
import type { Attempt } from "../attack/attempt.ts";
import { PLANTED_DOCUMENT } from "../attack/planted-document.ts";
import { MODEL_LABEL, ordersIn } from "../attack/scripted-model.ts";
import type { FleetResult } from "../fleet/fleet-result.ts";
import { TourFailedError } from "../tour-error.ts";
import { renderAttempt } from "../view/attempts.ts";
import { BEAT } from "../view/stage.ts";
import type { World } from "./world.ts";

export async function obeyStep(
  { kernel, plan, stage, dropOff }: World,
  fleet: FleetResult,
): Promise<readonly Attempt[]> {
  const { style } = stage;
  await stage.heading(3, "An assistant reads a document from outside. The document tells it what to do, and it obeys.");
  const attempts: Attempt[] = [];
  const definition = assistant({
    folder: plan.folder,
    document: plan.planted === undefined ? { text: PLANTED_DOCUMENT } : { path: plan.planted },
    indexer: fleet.indexer,
    file: plan.wanted ?? fleet.smallest?.path,
    intake: dropOff.url,
    observer: {
      async read(document) {
        stage.lines(
          `${style.strong("assistant")} reads ${plan.planted ?? "a supplier's notice, handed to it from memory"}`,
        );
        stage.lines(style.faint(`(${MODEL_LABEL}; the kernel treats its wishes like anybody's)`));
        stage.lines("");
        for (const line of ordersIn(document)) stage.lines(style.warn(`› ${line}`));
        stage.lines("");
        await stage.pause(BEAT.long);
        stage.lines("It may use tools and the network, and was carelessly given write access to the folder.");
        stage.lines("It may send messages to its parent only, and its own workspace is an empty folder elsewhere.");
        stage.lines("");
        await stage.pause(BEAT.long);
      },
      async tried(attempt) {
        attempts.push(attempt);
        stage.lines(renderAttempt(style, attempt));
        await stage.pause(BEAT.medium);
      },
      async answered(text) {
        stage.lines(`\nassistant to its user: “${text}”  ${style.faint("(it was not, and the record says so)")}`);
        await stage.pause(BEAT.medium);
      },
    },
  });
  const handle = await kernel.process.spawn(definition, {
    capabilities: {
      canSpawn: false,
      canNetwork: true,
      ipcScope: { kind: "parentOnly" },
      tools: { allow: ["fs.*", "http.*"] },
      files: { read: [plan.folder], write: [plan.folder], own: [plan.scratch] },
    },
  });
  const exit = await handle.exited;
  if (exit.kind === "normal") return attempts;
  const why = exit.kind === "crash" ? exit.error : exit.kind;
  throw new TourFailedError(`the assistant has ended: ${why}`, { details: { step: "assistant" } });
}
