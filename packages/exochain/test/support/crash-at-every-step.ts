// What is left of the files when the program or the machine dies at each single step of some work.
import type { MemoryFiles } from "@weftos/platform";
import { seededRandom } from "@weftos/testkit";
import type { TestPlatform } from "./chain-fixture.ts";

/** Files after a crash, and where it happened. */
export interface Crashed {
  readonly files: MemoryFiles;
  readonly at: string;
  /** What the work had been told by then. */
  readonly told: number;
}

/**
 * Does work and gives the files as of each of its steps, and its end: as `kill -9` leaves them, as a power failure that took
 * all that was not synced, and as one that took some of it. A rename is whole or not, as file systems with a journal do it.
 */
export async function crashAtEveryStep(
  platform: TestPlatform,
  work: () => Promise<unknown>,
  toldSoFar: () => number = () => 0,
): Promise<Crashed[]> {
  const { faults } = platform;
  const random = seededRandom(11);
  const crashed: Crashed[] = [];
  const note = (at: string): void => {
    const told = toldSoFar();
    crashed.push({ at: `${at}, killed`, told, files: faults.files.afterCrash(({ changes }) => ({ kept: changes })) });
    crashed.push({ at: `${at}, power lost`, told, files: faults.crash() });
    const moved = random.fraction() < 0.5;
    const some = faults.files.afterCrash(({ kind, changes }) => {
      if (kind === "folder") return { kept: moved ? changes : 0 };
      return { kept: Math.floor(random.fraction() * (changes + 1)), zeroFill: random.fraction() < 0.25 };
    });
    crashed.push({ at: `${at}, power lost, some kept`, told, files: some });
  };
  let step = 0;
  faults.watch(({ operation, path }) => {
    if (operation === "read" || operation === "stat" || operation === "list") return;
    step += 1;
    note(`before step ${step}, ${operation} ${path}`);
  });
  await work();
  faults.watch(undefined);
  note("at the end");
  return crashed;
}
