/** What a tour reads and where it keeps its state, settled before anything starts. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, realpath, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "../failure/usage-error.ts";

/** Where our documents lie in a clone of the repository. */
const OUR_DOCUMENTS = join("examples", "tour", "documents");
const PLANTED_FILE = "inbox/Supplier notice – Zellwerk Süd.md";
const PAYROLL_FILE = "people/Payroll March.md";

export interface TourPlan {
  /** Real path of the folder that is read. */
  readonly folder: string;
  /** The folder as the user would write it. */
  readonly shown: string;
  /** The document with planted instructions, relative to the folder; undefined when it comes from memory. */
  readonly planted: string | undefined;
  /** The file that the planted document wants to have; undefined when any will do. */
  readonly wanted: string | undefined;
  /** State directory of the kernel. */
  readonly dir: string;
  /** Whether the state directory was named by the user. */
  readonly dirGiven: boolean;
  /** Fresh temporary folder for everything else. */
  readonly workFolder: string;
  /** The assistant's own workspace, empty. */
  readonly scratch: string;
}

/** What of the command line settles a plan. */
export interface PlanOptions {
  readonly folder?: string | undefined;
  readonly cwd: string;
  readonly dir?: string | undefined;
}

/** @throws `API_USAGE` when the folder is none, or holds the place where state would go */
export async function planTour({ folder, cwd, dir }: PlanOptions): Promise<TourPlan> {
  const ours = ourDocuments();
  const given = folder === undefined ? ours : resolve(cwd, folder);
  if (given === undefined) {
    throw new UsageError("our documents are not installed here, only in the repository", "name a folder: tour ./notes");
  }
  const real = await realFolder(given, folder ?? given);
  const isOurs = ours !== undefined && real === (await realpath(ours));
  const stateGiven = dir === undefined ? undefined : resolve(cwd, dir);
  const temporary = await temporaryFolder();
  for (const place of [await nearestReal(stateGiven ?? temporary), temporary]) {
    if (place !== real && !place.startsWith(real.endsWith(sep) ? real : real + sep)) continue;
    throw new UsageError(
      `the tour never writes to the folder it reads, and ${place} lies in it`,
      place === temporary ? "read a folder further down" : "name a --dir outside of it",
    );
  }
  const workFolder = await mkdtemp(join(temporary, "weftos-tour-")).catch(noTemporary);
  const scratch = join(workFolder, "assistant");
  await mkdir(scratch);
  return {
    folder: real,
    shown: shownPath(cwd, real),
    planted: isOurs ? PLANTED_FILE : undefined,
    wanted: isOurs ? PAYROLL_FILE : undefined,
    dir: stateGiven ?? join(workFolder, ".weftos"),
    dirGiven: stateGiven !== undefined,
    workFolder,
    scratch,
  };
}

/** @throws `API_USAGE` when there is none */
async function temporaryFolder(): Promise<string> {
  return await realpath(tmpdir()).catch(noTemporary);
}

function noTemporary(error: unknown): never {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unusable";
  throw new UsageError(`the folder for temporary files, ${tmpdir()}, cannot be used: ${code}`, "set TMPDIR to another");
}

async function realFolder(path: string, typed: string): Promise<string> {
  const hint = "the first word after `tour` is a folder with Markdown files";
  let real: string;
  try {
    real = await realpath(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new UsageError(`the folder ${typed} cannot be read: ${code}`, hint);
  }
  if (!(await stat(real)).isDirectory()) throw new UsageError(`${typed} is not a folder`, hint);
  return real;
}

/** Gives the real path of the nearest folder that exists. */
async function nearestReal(path: string): Promise<string> {
  let here = path;
  while (!existsSync(here) && dirname(here) !== here) here = dirname(here);
  return join(await realpath(here), relative(here, path));
}

/** Finds our documents above this module: from source and from the built package it lies at different depths. */
function ourDocuments(): string | undefined {
  let here = dirname(fileURLToPath(import.meta.url));
  for (let above = dirname(here); above !== here; here = above, above = dirname(here)) {
    if (existsSync(join(here, OUR_DOCUMENTS))) return join(here, OUR_DOCUMENTS);
  }
  return undefined;
}

function shownPath(cwd: string, path: string): string {
  const near = relative(cwd, path);
  if (near === "") return ".";
  return near.startsWith("..") || near.length > path.length ? path : near;
}
