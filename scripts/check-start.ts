// Keeps the start of a kernel small, by counts instead of times: how many modules and bytes an import of the built facade
// loads, how many schema nodes it builds, and how often a boot waits for the disk, on a new state directory and on one that
// is there. A bound is a little over what was measured: whoever needs more raises it here, and says in the commit what for.
// Needs a build.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runNode } from "./run-command.ts";
import { ROOT, reportProblems } from "./workspace.ts";

interface Counts {
  modules: number;
  bytes: number;
  schemas: number;
  syncs: number;
}

interface Start {
  imported: Counts;
  booted: Counts;
}

/** Of the import alone. Every byte is parsed; the nodes are those that modules build at their top. */
const IMPORT = { modules: 20, bytes: 1_180_000, schemas: 450 };
/** Of the import and the boot together, which builds the schemas of the configuration. */
const BOOT = { modules: 22, bytes: 1_225_000, schemas: 700 };
/** Calls of fsync and fdatasync while a kernel boots. */
const FIRST_BOOT_SYNCS = 36;
const LATER_BOOT_SYNCS = 6;

const FACADE = join(ROOT, "packages/weftos/dist/index.js");

async function measure(dir: string): Promise<Start> {
  const result = await runNode([join(ROOT, "scripts/start/measure-start.mjs"), FACADE, dir], { timeoutMs: 60_000 });
  if (result.code !== 0) throw new Error(`a boot of the facade failed:\n${result.stderr || result.stdout}`);
  return JSON.parse(result.stdout) as Start;
}

function over(what: string, counts: Counts, bounds: Partial<Counts>): string[] {
  return Object.entries(bounds).flatMap(([name, most]) => {
    const got = counts[name as keyof Counts];
    return got <= most ? [] : [`${what}: expected at most ${most} ${name}, got ${got}`];
  });
}

if (!existsSync(FACADE)) throw new Error("expected a build of packages/weftos");
const folder = mkdtempSync(join(tmpdir(), "weftos-start-"));
try {
  const dir = join(folder, "state");
  const first = await measure(dir);
  const later = await measure(dir);
  const { imported, booted } = first;
  reportProblems(
    "start",
    [
      ...over("an import of the facade", imported, IMPORT),
      ...over("import and boot", booted, BOOT),
      ...over("a boot on a new directory", booted, { syncs: FIRST_BOOT_SYNCS }),
      ...over("a boot on one that is there", later.booted, { syncs: LATER_BOOT_SYNCS }),
    ],
    `an import loads ${imported.modules} modules, ${Math.round(imported.bytes / 1000)} KB, and builds ${imported.schemas} schema nodes; ` +
      `a first boot syncs ${booted.syncs} times, a later one ${later.booted.syncs} times`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
