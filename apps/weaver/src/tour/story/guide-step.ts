/** Step 6: what was seen, where it lives, and where to go on. */
import type { Style } from "../../view/style.ts";
import { renderTable } from "../../view/table.ts";
import type { World } from "./world.ts";

/** Shows the table that sends the reader on. */
export async function guideStep(
  { stage, typed }: Pick<World, "stage" | "typed">,
  shown: { readonly refusal: number | undefined },
): Promise<void> {
  await stage.heading(6, "What you saw, which package does it, and where to go on.");
  stage.lines(renderGuide(stage.style, typed, shown.refusal));
}

function renderGuide(style: Style, typed: (words: string) => string, refusal: number | undefined): string {
  const rows = [
    ["agents as processes, one started again", "process", "write-an-agent"],
    ["messages with backpressure", "ipc", "write-an-agent"],
    ["a message out of scope refused", "process", "write-an-agent"],
    ["a removal refused, a sending deferred", "governance, tools", "guard-your-own-function"],
    ["a record that cannot be changed unseen", "exochain", "embed-weftos"],
    ["all of it in one kernel", "kernel-boot, weftos", "write-a-feature"],
    ["all of it without waiting", "testkit", "test-your-agents"],
  ].map(([saw = "", packages = "", guide = ""]) => [saw, packages, style.faint(`docs/guides/${guide}.md`)]);
  const table = renderTable([{ title: "YOU SAW" }, { title: "PACKAGE" }, { title: "GUIDE" }], rows, style.faint);
  const commands = [
    ["the processes of a kernel that runs", "kernel ps"],
    ["the chain, checked again", "chain verify"],
    ["what waits for a person", "approvals list"],
    ...(refusal === undefined ? [] : [["the refusal", `action show ${refusal}`]]),
  ].map(([meaning = "", words = ""]) => [meaning, typed(words)]);
  return `${table}\n\n${renderTable([{ title: "SEE MORE OF" }, { title: "TYPE" }], commands, style.faint)}`;
}
