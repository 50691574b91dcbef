/** Steps 1 and 2: the fleet reads the folder, one reader is killed on the way, and nothing is lost or counted twice. */
import type { ProcessInfo } from "@weftos/interface";
import { coordinator } from "../fleet/coordinator.ts";
import type { FleetCounts, FleetObserver } from "../fleet/fleet-report.ts";
import type { FleetResult } from "../fleet/fleet-result.ts";
import { searchAnswer, topAnswer } from "../fleet/protocol.ts";
import { TourFailedError, understood } from "../tour-error.ts";
import { renderCounts } from "../view/counts.ts";
import { renderProcesses } from "../view/process-rows.ts";
import { BEAT } from "../view/stage.ts";
import type { World } from "./world.ts";

const TOP_TERMS = 10;
/** On a terminal the files go by so slowly that the bar can be seen, and all of them within about three seconds. */
const LONGEST_FILE_MS = 50;
const ALL_FILES_MS = 3000;

export async function readStep(world: World): Promise<FleetResult> {
  const { kernel, stage, plan } = world;
  await stage.heading(1, "A small fleet of agents reads the folder. Each agent is a process of the kernel.");
  const { counts, indexer } = await runFleet(world);
  stage.endProgress();
  const answer = await kernel.ipc.request(processOf(indexer), { kind: "top", limit: TOP_TERMS });
  const topTerms = understood(topAnswer, answer.payload, "the indexer's top terms");
  const term = topTerms[0]?.term;
  const search =
    term === undefined
      ? null
      : understood(
          searchAnswer,
          (await kernel.ipc.request(processOf(indexer), { kind: "search", term })).payload,
          "the indexer's answer",
        );
  stage.lines(`\n${renderCounts(stage.style, { ...counts, topTerms, search, indexer }, plan.shown)}`);
  await stage.pause(BEAT.long);
  return { ...counts, topTerms, search, indexer };
}

/** A PID that came by a message, as the kernel's calls want it. */
function processOf(pid: number): ProcessInfo["pid"] {
  return pid as ProcessInfo["pid"];
}

async function runFleet(world: World): Promise<{ readonly counts: FleetCounts; readonly indexer: number }> {
  const { kernel, plan } = world;
  const reader = new URL(import.meta.resolve("@weftos/weaver/tour/reader"));
  const show = new FleetShow(world);
  const handle = await kernel.process.spawn(coordinator({ folder: plan.folder, reader, observer: show }), {
    capabilities: {
      tools: { allow: ["fs.read_dir", "fs.read_file"] },
      files: { read: [plan.folder] },
    },
  });
  const ended = handle.exited.then((exit) => {
    const why = exit.kind === "crash" ? exit.error : exit.kind;
    throw new TourFailedError(`the coordinator has ended: ${why}`, { details: { step: "fleet" } });
  });
  return await Promise.race([show.result, ended]);
}

/** Follows the fleet on the stage, and kills a reader once. */
class FleetShow implements FleetObserver {
  readonly result: Promise<{ readonly counts: FleetCounts; readonly indexer: number }>;
  readonly #world: World;
  #indexer = 0;
  #killed: number | undefined;
  #resolve: (result: { counts: FleetCounts; indexer: number }) => void = () => undefined;
  #reject: (reason: Error) => void = () => undefined;

  constructor(world: World) {
    this.#world = world;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  started({ indexer }: { readonly indexer: number }): void {
    this.#indexer = indexer;
  }

  async progressed(done: number, found: number): Promise<void> {
    const { stage } = this.#world;
    stage.progress(done, found);
    await stage.pause(Math.min(LONGEST_FILE_MS, ALL_FILES_MS / found));
  }

  async asked({ pid, accepted, holds }: Parameters<FleetObserver["asked"]>[0]): Promise<"alive" | "killed"> {
    if (accepted === 0 || this.#killed !== undefined) return "alive";
    this.#killed = pid;
    const { stage, kernel } = this.#world;
    stage.endProgress();
    await this.#tree();
    await this.#crashHeading();
    await kernel.process.kill(processOf(pid));
    stage.lines(
      `${stage.style.bad("killed")}     reader ${pid}, which had read one file${holds ? " and held the next" : ""}`,
    );
    await stage.pause(BEAT.medium);
    return "killed";
  }

  async returned({ before, pid }: { readonly before: number; readonly pid: number }): Promise<void> {
    const { stage } = this.#world;
    stage.lines(
      `${stage.style.good("restarted")}  reader ${before} as ${pid}; a file that was held is read again from its start`,
    );
    await stage.pause(BEAT.medium);
  }

  finished(counts: FleetCounts): void {
    this.#close(counts).then(
      () => this.#resolve({ counts, indexer: this.#indexer }),
      (error: unknown) => this.#reject(error instanceof Error ? error : new Error(String(error))),
    );
  }

  abandoned(reason: string): void {
    this.#reject(new TourFailedError(reason, { details: { step: "fleet" } }));
  }

  async #close({ files, unreadable }: FleetCounts): Promise<void> {
    if (this.#killed !== undefined) return;
    const { stage } = this.#world;
    stage.progress(files, files);
    stage.endProgress();
    await this.#tree();
    await this.#crashHeading();
    stage.lines(
      files + unreadable.length === 0 ? "There was no file to read, so no reader was killed." : "No reader was killed.",
    );
  }

  async #tree(): Promise<void> {
    const { stage, kernel } = this.#world;
    stage.lines(`\n${renderProcesses(stage.style, kernel.process.list())}`);
    await stage.pause(BEAT.long);
  }

  async #crashHeading(): Promise<void> {
    await this.#world.stage.heading(
      2,
      "One reader is killed in the middle of its work. Its supervisor starts it again.",
    );
  }
}
