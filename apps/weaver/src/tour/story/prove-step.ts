/** Step 5: the record of the refusal, and what an outsider finds in the chain and in two copies that were tampered with. */
import { join } from "node:path";
import type { Fault, VerifyResult } from "@weftos/exochain";
import { nodePlatform } from "@weftos/platform";
import { view as actionView } from "../../view/action-show.ts";
import { type EarlyCheckpoint, type TamperReport, tamper } from "../proof/tamper.ts";
import { BEAT } from "../view/stage.ts";
import type { World } from "./world.ts";

/** Shows the record of the refused removal, as `weaver action show` does. @returns its sequence */
export async function showRefusal({ kernel, stage, plan, typed }: World): Promise<number | undefined> {
  await stage.heading(5, "What happened can be proven to somebody who trusts neither this machine nor us.");
  const sequence = await refusalOf(kernel, "fs.remove");
  if (sequence === undefined) return undefined;
  const record = await kernel.methods.call("action.show", { id: sequence }, viewer());
  const shown = actionView(record, {
    style: stage.style,
    width: stage.width,
    now: Date.now(),
    dir: plan.dir,
    typed,
  });
  stage.lines(shown);
  await stage.pause(BEAT.long);
  return sequence;
}

async function refusalOf(kernel: World["kernel"], action: string): Promise<number | undefined> {
  let sequence: number | undefined;
  for await (const event of kernel.exochain.query({ kind: "governance.deny", action })) ({ sequence } = event);
  return sequence;
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
  stage.lines(
    `\n${verdict(style, "the chain", closed)}  ${style.faint(`${closed.events} events, signed with Ed25519 and ML-DSA-65`)}`,
  );
  stage.lines(`head ${style.strong(closed.head)}`);
  stage.lines(style.faint("Whoever keeps these 64 characters can tell later whether anything was changed or cut off."));
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

async function showTamper(
  stage: World["stage"],
  { flip, cut, original }: TamperReport,
  whole: VerifyResult,
): Promise<void> {
  const { style } = stage;
  const changed =
    flip.byte === undefined ? "one byte changed" : `one byte changed: ${flip.byte.before} → ${flip.byte.after}`;
  stage.lines(`\n${verdict(style, "a copy, ", flip.result)}  ${changed}`);
  stage.lines(foundBy(style, flip.result.faults[0]));
  await stage.pause(BEAT.medium);
  const gone = whole.events - cut.alone.events;
  const alone = cut.alone.valid ? "looks valid by itself" : "looks wrong even by itself";
  stage.lines(
    `${verdict(style, "a copy, ", cut.result)}  its last ${gone} events cut off behind a signed checkpoint; it ${alone}`,
  );
  stage.lines(foundBy(style, cut.result.faults[0]));
  await stage.pause(BEAT.medium);
  stage.lines(`${verdict(style, "original", original)}  still, against the same head`);
  await stage.pause(BEAT.medium);
}

function verdict(style: World["stage"]["style"], name: string, { valid }: VerifyResult): string {
  return `${name}  ${valid ? style.good("VALID  ") : style.bad("INVALID")}`;
}

function foundBy(style: World["stage"]["style"], fault: Fault | undefined): string {
  if (fault === undefined) return style.bad("                   nothing was found");
  const { code, file, offset, sequence, reason } = fault;
  const place = `event ${sequence}, ${file} at byte ${offset}`;
  return `                   ${style.warn(code)} ${style.faint(`${place}: ${reason}`)}`;
}
