/** Step 4: a person is asked, sees exactly what would be sent, and answers, or not. */

import { printable } from "../../view/printable.ts";
import type { Attempt } from "../attack/attempt.ts";
import type { World } from "./world.ts";

/** Who answers at this keyboard: the owner of the state directory. */
const OWNER = { principal: "owner", role: "admin" } as const;

/** A question to a person, and how it stands. */
export interface ApprovalStanding {
  readonly id: string;
  readonly action: string;
  readonly rule: string | null;
  readonly state: string;
}

export async function askStep(world: World, attempts: readonly Attempt[]): Promise<readonly ApprovalStanding[]> {
  const { kernel, stage } = world;
  await stage.heading(4, "Sending is not refused: a person is asked, who sees exactly what would be sent.");
  const asked = attempts.filter((attempt) => attempt.verdict === "defer");
  for (const { approval } of asked) await ask(world, approval);
  return asked.map(({ approval, action, rule }) => ({
    id: approval,
    action,
    rule,
    state: kernel.governance.approvals.find(approval)?.state ?? "pending",
  }));
}

async function ask({ kernel, stage, dropOff, typed }: World, id: string): Promise<void> {
  const { style } = stage;
  const approval = kernel.governance.approvals.find(id);
  if (approval === undefined) return;
  stage.lines(printable(approval.display, { lines: true }).trimEnd());
  stage.lines("");
  stage.lines(style.faint("(for the tour, the sender's address leads to a listener that it opened on this machine)"));
  if (await stage.confirm("approve? [y/N] ")) {
    const { after } = await kernel.governance.approvals.approve(id, OWNER);
    const bytes = dropOff.received.reduce((sum, each) => sum + each, 0);
    const times = dropOff.received.length;
    stage.lines(
      after.next === "ran" && after.outcome === "ok"
        ? `${style.good("approved")}  it ran ${times === 1 ? "once" : `${times} times`}; the listener on this machine received ${bytes} bytes`
        : `${style.bad("approved")}  but it did not succeed: ${after.next === "ran" ? after.error : after.next}`,
    );
    return;
  }
  stage.lines(`${style.warn("pending")}   it was not sent, and stays a question. To approve it later:`);
  stage.lines(`          ${typed(`approvals approve ${id}`)}`);
  stage.lines(
    style.faint(
      "          (the listener closes with the tour: by then the sending finds nobody there, and is recorded so)",
    ),
  );
}
