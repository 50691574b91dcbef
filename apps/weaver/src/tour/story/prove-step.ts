/** Step 5: the record of the refusal, and what an outsider finds in the chain and in two copies that were tampered with. */
import { join } from "node:path";
import type { VerifyResult } from "@weftos/exochain";
import { nodePlatform } from "@weftos/platform";
import { view as actionView } from "../../view/action-show.ts";
import { fold } from "../../view/fold.ts";
import { pad } from "../../view/table.ts";
import { type EarlyCheckpoint, type TamperReport, tamper } from "../proof/tamper.ts";
import { BEAT, type Stage } from "../view/stage.ts";
import type { World } from "./world.ts";

const NAME_COLUMNS = 13;
const VERDICT_COLUMNS = 9;

/** Shows the record of the refused removal, as `weaver action show` does. */
export async function showRefusal({ kernel, stage, plan, typed }: World, sequence: number | undefined): Promise<void> {
  await stage.heading(5, "What happened can be proven to somebody who trusts neither this machine nor us.");
  if (sequence === undefined) return;
  const record = await kernel.methods.call("action.show", { id: sequence }, viewer());
  const { style, width } = stage;
  stage.lines(actionView(record, { style, width, now: Date.now(), dir: plan.dir, typed }));
  await stage.pause(BEAT.long);
}

function viewer(): { subject: { kind: "kernel"; id: string }; role: "viewer"; signal: AbortSignal } {
  return { subject: { kind: "kernel", id: "0" }, role: "viewer", signal: new AbortController().signal };
}

/** What the outsider found. */
export interface Proof {
  readonly chain: { readonly valid: boolean; readonly events: number; readonly head: string };
  readonly flip: { readonly found: boolean; readonly sequence: number | null };
  readonly cut: { readonly found: boolean };
}

/** Verifies the chain of the kernel, which has shut down by now, and two spoilt copies. */
export async function proveStep({ stage, plan }: Omit<World, "kernel">, early: EarlyCheckpoint): Promise<Proof> {
  const { style } = stage;
  const { files } = nodePlatform();
  const { verifyChain } = await import("@weftos/exochain");
  const closed = await verifyChain(files, plan.dir);
  stage.lines("");
  judge(stage, "the chain", closed, `${closed.events} events, signed with Ed25519 and ML-DSA-65`);
  stage.lines(`${pad("its head", NAME_COLUMNS)}${style.strong(closed.head)}`);
  const worth = "keep these 64 characters: they tell later whether anything was changed or cut off";
  stage.lines(`${" ".repeat(NAME_COLUMNS)}${style.faint(worth)}`);
  stage.lines("");
  await stage.pause(BEAT.long);
  const copies = join(plan.workFolder, "copies");
  const report = await tamper({ dir: plan.dir, copies, files, head: closed.head, early, text: "GOV-001" });
  await showTamper(stage, report, closed);
  const [fault] = report.flip.result.faults;
  return {
    chain: { valid: closed.valid && report.original.valid, events: closed.events, head: closed.head },
    flip: { found: !report.flip.result.valid, sequence: fault?.sequence ?? null },
    cut: { found: report.cut.result.faults.some(({ code }) => code === "CHAIN_TRUNCATED") },
  };
}

async function showTamper(stage: Stage, { flip, cut, original }: TamperReport, whole: VerifyResult): Promise<void> {
  const changed =
    flip.byte === undefined ? "one byte changed" : `one byte changed: ${flip.byte.before} → ${flip.byte.after}`;
  judge(stage, "a copy", flip.result, changed);
  await stage.pause(BEAT.medium);
  const gone = whole.events - cut.alone.events;
  const alone = cut.alone.valid ? "by itself it looks valid" : "even by itself it looks wrong";
  judge(stage, "a copy", cut.result, `its last ${gone} events cut off; ${alone}`);
  await stage.pause(BEAT.medium);
  judge(stage, "the original", original, "still what it was, against the same head");
  await stage.pause(BEAT.medium);
}

/** Writes one verdict and, below, the first fault with its place. */
function judge(stage: Stage, name: string, { valid, faults }: VerifyResult, what: string): void {
  const { style, width } = stage;
  const word = valid ? style.good("VALID") : style.bad("INVALID");
  stage.lines(`${pad(name, NAME_COLUMNS)}${pad(word, VERDICT_COLUMNS)}${what}`);
  const [fault] = faults;
  if (fault === undefined) return;
  const { code, file, offset, sequence, reason } = fault;
  const indent = " ".repeat(NAME_COLUMNS + VERDICT_COLUMNS);
  stage.lines(`${indent}${style.warn(code)} ${style.faint(`at event ${sequence}, byte ${offset} of ${file}`)}`);
  for (const line of fold(reason, width - indent.length)) stage.lines(indent + style.faint(line));
}
