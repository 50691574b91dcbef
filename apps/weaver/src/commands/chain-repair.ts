/** Repairs a damaged chain, on the files alone: a kernel does not start on it. The directory is locked meanwhile. */
import { type Repair, repairChain } from "@weftos/exochain";
import type { JsonObject } from "@weftos/interface";
import { lockDirectory } from "@weftos/kernel-boot";
import { nodePlatform } from "@weftos/platform";
import { EXIT_OK } from "../failure/exit-code.ts";
import { UsageError } from "../failure/usage-error.ts";
import { checkOwner } from "../kernel-access/token-of-user.ts";
import { typedOn } from "../kernel-access/typed-on.ts";
import { type Style, styleFor } from "../view/style.ts";
import { renderFields } from "../view/table.ts";
import type { Invocation } from "./command.ts";

/** Runs the command. @throws `KERNEL_LOCKED`, and what `repairChain` throws */
export async function run(invocation: Invocation): Promise<number> {
  const { values, dir, json, terminal } = invocation;
  checkOwner("who repairs a chain is the owner of its directory");
  const dryRun = values["dry-run"] === true;
  if (dryRun === (values.quarantine === true)) {
    throw new UsageError(
      "chain repair needs --quarantine, which does it, or --dry-run, which tells what it would do",
      "weaver chain repair --dry-run",
    );
  }
  const repair = await repairLocked(dir, dryRun);
  if (json) terminal.out.write(`${JSON.stringify(documentOf(repair), null, 2)}\n`);
  else terminal.out.write(`${textOf(repair, styleFor(terminal), typedOn(invocation))}\n`);
  return EXIT_OK;
}

async function repairLocked(dir: string, dryRun: boolean): Promise<Repair> {
  const platform = nodePlatform();
  const { files, host, clock, random } = platform;
  const init = { ...platform, dir };
  // Without the folder there is no kernel and no chain either, which the repair says.
  if ((await files.stat(`${dir}/run`)) === undefined) return await repairChain(init, { dryRun });
  const lock = await lockDirectory(dir, { files, host, clock, nonce: random.uuidV7(clock.now()) });
  try {
    return await repairChain(init, { dryRun });
  } finally {
    await lock.release();
  }
}

function documentOf({ damage, continues, successor, ...rest }: Repair): JsonObject {
  return {
    ...rest,
    damage: damage === undefined ? null : { ...damage },
    continues: { ...continues },
    successor: successor ?? null,
  };
}

function textOf(
  { done, damage, quarantine, continues, successor }: Repair,
  style: Style,
  typed: (words: string) => string,
): string {
  const fields: [string, string][] = [
    ["damage", damage === undefined ? "an earlier repair was finished" : style.bad(damage.message)],
    ["good until", `${continues.size} events, head ${continues.head}`],
    [done ? "evidence" : "would go to", quarantine],
  ];
  if (successor !== undefined) fields.push(["successor", `chain ${successor}, which names the one before`]);
  fields.push(["next", typed(done ? "kernel start" : "chain repair --quarantine")]);
  const title = done ? style.good("the damaged chain was moved aside, and a successor begun") : "nothing was changed";
  return `${title}\n${renderFields(fields, style.faint)}`;
}
