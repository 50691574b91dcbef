// What a repair is about to do, on disk before its first step: a repair that a crash cut short goes on where it stopped, and
// meanwhile nobody begins a chain in the place of the one that was moved away.
import type { Files } from "@weftos/interface";
import { parse, z } from "@weftos/schema";
import { ChainRepairUnfinishedError } from "../error/chain-errors.ts";
import { REPAIR_FILE } from "../format/file-names.ts";

const MAX_PLAN_BYTES = 4096;

const planSchema = z.lazy(() =>
  z.strictObject({
    version: z.literal(1),
    /** Folder below the state directory that takes the damaged chain. */
    quarantine: z.string().check(z.regex(/^chain\.damaged-[0-9]{1,16}$/)),
    continues: z.strictObject({
      chain: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
      size: z.int().check(z.minimum(0)),
      head: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
    }),
  }),
);

/** What a repair does. */
export type RepairPlan = Omit<z.infer<typeof planSchema>, "version">;

/** Reads the plan of a repair that did not end; undefined when there is none. */
export async function readPlan(files: Files, dir: string): Promise<RepairPlan | undefined> {
  const path = `${dir}/${REPAIR_FILE}`;
  if ((await files.stat(path)) === undefined) return undefined;
  const text = new TextDecoder().decode(await files.read(path, { maxBytes: MAX_PLAN_BYTES }));
  const { quarantine, continues } = parse(planSchema, jsonOf(text), {
    what: REPAIR_FILE,
    error: () => unfinished(dir, "unknown"),
  });
  return { quarantine, continues };
}

/** Writes the plan, durably. */
export async function writePlan(files: Files, dir: string, plan: RepairPlan): Promise<void> {
  const text = JSON.stringify({ version: 1, ...plan });
  await files.writeAtomic(`${dir}/${REPAIR_FILE}`, new TextEncoder().encode(text), { mode: 0o600 });
}

/** @throws `CHAIN_REPAIR_UNFINISHED` while there is a plan */
export async function refuseUnfinishedRepair(files: Files, dir: string): Promise<void> {
  if ((await files.stat(`${dir}/${REPAIR_FILE}`)) === undefined) return;
  throw unfinished(dir, (await readPlan(files, dir))?.quarantine ?? "unknown");
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unfinished(dir: string, quarantine: string): ChainRepairUnfinishedError {
  return new ChainRepairUnfinishedError(
    `a repair of the chain in ${dir} was begun and did not end (${REPAIR_FILE}); run the repair again`,
    { details: { dir, quarantine } },
  );
}
