/**
 * The tour: an agent reads documents that it cannot trust; one of them tells it to delete everything and to send a file away;
 * the kernel refuses, asks a human, and proves to an outsider what happened. Everything it shows really runs.
 *
 * It writes to the state directory and a fresh temporary folder only, and contacts nothing outside this machine.
 */
import { Kernel } from "weftos";
import { EXIT_FAILURE, EXIT_OK } from "../failure/exit-code.ts";
import { quoted } from "../kernel-access/typed-on.ts";
import type { Terminal } from "../view/terminal.ts";
import { openDropOff } from "./attack/drop-off.ts";
import { planTour, type TourPlan } from "./plan.ts";
import type { EarlyCheckpoint } from "./proof/tamper.ts";
import { askStep } from "./story/ask-step.ts";
import { guideStep, type Seen, whatWasSeen } from "./story/guide-step.ts";
import { obeyStep } from "./story/obey-step.ts";
import { proveStep, showRefusal } from "./story/prove-step.ts";
import { readStep } from "./story/read-step.ts";
import type { World } from "./story/world.ts";
import { type TourOutcome, tourDocument } from "./tour-document.ts";
import { BEAT, openStage, type Stage } from "./view/stage.ts";

const FIRST_LINE = "a tour of about 30 s; no key, no network, nothing leaves this folder";

export interface TourOptions {
  /** Folder with Markdown files, relative to `cwd`. @defaultValue our documents */
  readonly folder?: string | undefined;
  /** Where the command was typed. */
  readonly cwd: string;
  /** State directory. @defaultValue in a fresh temporary folder */
  readonly dir?: string | undefined;
  readonly json: boolean;
  /** Without pauses. */
  readonly fast: boolean;
  /** How a user types `weaver` here. */
  readonly typed: string;
  readonly terminal: Terminal;
}

/**
 * Runs the tour.
 *
 * @returns the exit code: 0 when every file was counted once or listed as unreadable, and the chain verifies
 * @throws `API_USAGE`, `API_TOUR_FAILED`, and what the kernel raises
 */
export async function runTour(options: TourOptions): Promise<number> {
  const stage = openStage(options);
  const plan = await planTour(options);
  stage.raw(`${stage.style.strong(FIRST_LINE)}\n`);
  const typed = (words: string): string => `${options.typed} ${words} --dir ${quoted(plan.dir)}`;
  opening(stage, plan);
  await stage.pause(BEAT.long);
  const { outcome, seen } = await tell(stage, plan, typed);
  await guideStep(stage, typed, seen);
  closing(stage, plan);
  if (options.json) options.terminal.out.write(`${JSON.stringify(tourDocument(outcome), null, 2)}\n`);
  const { fleet, proof } = outcome;
  const complete = fleet.files + fleet.unreadableFiles === fleet.found;
  return complete && proof.chain.valid ? EXIT_OK : EXIT_FAILURE;
}

async function tell(
  stage: Stage,
  plan: TourPlan,
  typed: World["typed"],
): Promise<{ readonly outcome: TourOutcome; readonly seen: Seen }> {
  const happened = await live(stage, plan, typed);
  const proof = await proveStep({ stage, plan, typed, dropOff: happened.dropOff }, happened.early);
  return { outcome: { ...happened, proof }, seen: happened.seen };
}

interface Happened extends Omit<TourOutcome, "proof"> {
  readonly dropOff: World["dropOff"];
  readonly early: EarlyCheckpoint;
  readonly seen: Seen;
}

/** All that needs the kernel to run; it has shut down afterwards, so that its chain is closed. */
async function live(stage: Stage, plan: TourPlan, typed: World["typed"]): Promise<Happened> {
  const dropOff = await openDropOff();
  try {
    const kernel = await Kernel.boot({ dir: plan.dir, environment: "development" });
    try {
      const world: World = { plan, kernel, stage, dropOff, typed };
      const fleet = await readStep(world);
      const early = await kernel.exochain.checkpoint();
      const attempts = await obeyStep(world, fleet);
      const approvals = await askStep(world, attempts);
      const seen = await whatWasSeen(kernel, approvals[0]?.id);
      await showRefusal(world, seen.refusal);
      const { decisions, environment } = kernel;
      const processes = kernel.process.list();
      return { fleet, early, attempts, approvals, seen, decisions, environment, processes, dropOff };
    } finally {
      await kernel.shutdown();
    }
  } finally {
    await dropOff.close();
  }
}

function opening(stage: Stage, plan: TourPlan): void {
  const { style } = stage;
  stage.raw("\n");
  stage.lines("An AI agent reads documents that it cannot trust. One of them tells it to");
  stage.lines("delete everything and to send a file away. The kernel refuses, asks a human,");
  stage.lines("and proves to an outsider what happened.");
  stage.raw("\n");
  stage.lines(`${style.faint("reads")}     ${plan.shown}`);
  stage.lines(`${style.faint("writes")}    ${plan.dirGiven ? `${plan.dir} and ${plan.workFolder}` : plan.workFolder}`);
}

function closing(stage: Stage, plan: TourPlan): void {
  stage.raw("\n");
  stage.lines(
    stage.style.faint(
      `State, chain and copies are kept in ${plan.dirGiven ? `${plan.dir} and ` : ""}${plan.workFolder}`,
    ),
  );
}
