/** Step 6: what was seen, which package does it, which command shows more of it, and which guide goes on from there. */
import type { Style } from "../../view/style.ts";
import { pad } from "../../view/table.ts";
import type { Stage } from "../view/stage.ts";
import type { World } from "./world.ts";

/** Where in the chain the parts of the story lie. */
export interface Seen {
  readonly restart: number | undefined;
  /** Refused by capability. */
  readonly outOfScope: number | undefined;
  /** Refused by a rule. */
  readonly refusal: number | undefined;
  /** Id of the approval. */
  readonly approval: string | undefined;
}

/** Looks the story up in the chain. */
export async function whatWasSeen(kernel: World["kernel"], approval: string | undefined): Promise<Seen> {
  const last = async (filter: { readonly kind: string; readonly action?: string }): Promise<number | undefined> => {
    let sequence: number | undefined;
    for await (const event of kernel.exochain.query(filter)) ({ sequence } = event);
    return sequence;
  };
  return {
    restart: await last({ kind: "agent.restart" }),
    outOfScope: await last({ kind: "governance.deny", action: "ipc.send" }),
    refusal: await last({ kind: "governance.deny", action: "fs.remove" }),
    approval,
  };
}

/** With the longest name of a guide these fill 80 columns less the margin. */
const SAW_COLUMNS = 36;
const PACKAGE_COLUMNS = 18;

export async function guideStep(stage: Stage, typed: World["typed"], seen: Seen): Promise<void> {
  await stage.heading(
    6,
    "What you saw, which package does it, what shows more of it, and which guide goes on from there.",
  );
  const { style } = stage;
  stage.lines(style.faint(`${pad("YOU SAW", SAW_COLUMNS)}${pad("PACKAGE", PACKAGE_COLUMNS)}GUIDE IN docs/guides`));
  for (const row of rowsOf(seen)) stage.lines(renderRow(style, typed, row));
}

interface Row {
  readonly saw: string;
  readonly package: string;
  readonly guide: string;
  /** Words after `weaver`. */
  readonly shows: string;
}

function rowsOf({ restart, outOfScope, refusal, approval }: Seen): readonly Row[] {
  const event = (sequence: number | undefined): string =>
    sequence === undefined ? "chain status" : `action show ${sequence}`;
  return [
    { saw: "a killed agent started again", package: "process", guide: "supervise-agents", shows: event(restart) },
    {
      saw: "a message out of scope, refused",
      package: "process, ipc",
      guide: "test-your-agents",
      shows: event(outOfScope),
    },
    {
      saw: "a removal, refused by a rule",
      package: "governance",
      guide: "guard-your-own-function",
      shows: event(refusal),
    },
    {
      saw: "a sending, left to a person",
      package: "governance, tools",
      guide: "govern-a-kernel",
      shows: approval === undefined ? "approvals list --all" : `approvals show ${approval}`,
    },
    {
      saw: "a record that nobody changes unseen",
      package: "exochain",
      guide: "embed-weftos",
      shows: "chain verify",
    },
  ];
}

function renderRow(style: Style, typed: World["typed"], row: Row): string {
  const first = `${pad(row.saw, SAW_COLUMNS)}${pad(row.package, PACKAGE_COLUMNS)}${row.guide}`;
  return `${first}\n  ${style.faint(typed(row.shows))}`;
}
