/** What was promised survives SIGKILL of the program, on a real disk: reliable messages and durable subscriptions. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it } from "vitest";

/** After how many lines of its output each program is killed. */
const KILLS = [1, 9, 60, 250, 800];
const program = new URL("./send-until-killed.ts", import.meta.url).href;

interface Line {
  readonly round: number;
  readonly what: string;
  readonly number: number;
}

/** Runs one program, and kills it once what it printed is enough. */
async function runUntil(dir: string, first: number | undefined, enough: (line: Line) => boolean): Promise<void> {
  const code = `
    import { Kernel } from "weftos";
    import { sendUntilKilled } from ${JSON.stringify(program)};
    await sendUntilKilled(await Kernel.boot({ dir: ${JSON.stringify(dir)}, logLevels: "error" }), ${first});
    process.stdin.on("end", () => process.exit()).resume();
  `;
  const args = ["--conditions=weftos-source", "--input-type=module", "--eval", code];
  const cwd = join(import.meta.dirname, "../../../weftos");
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"], cwd });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once("exit", (_, signal) => resolve(signal)));
  for await (const text of createInterface(child.stdout)) {
    const [what = "", number = ""] = text.split(" ");
    // What it printed before it died counts, also what is read after.
    if (enough({ round: first ?? -1, what, number: Number(number) })) child.kill("SIGKILL");
  }
  expect(await ended).toBe("SIGKILL");
}

it("delivers all that was promised at least once, and nothing again that was acknowledged", {
  timeout: 120_000,
}, async () => {
  const dir = mkdtempSync(join(tmpdir(), "weftos-killed-"));
  try {
    const promised = new Set<number>();
    const settling = new Set<number>();
    const acknowledged = new Set<number>();
    const again: number[] = [];
    const letters: number[] = [];
    const see = ({ what, number }: Line): void => {
      if (what === "promised") promised.add(number);
      else if (what === "acknowledged") acknowledged.add(number);
      else if (what === "letters") letters.push(number);
      else if (what === "settling") settling.add(number);
      else if (what === "took" && acknowledged.has(number)) again.push(number);
    };
    for (const [round, lines] of KILLS.entries()) {
      let seen = 0;
      await runUntil(dir, round * 1_000_000, (line) => {
        see(line);
        seen += 1;
        return seen >= lines;
      });
    }
    // One that was being acknowledged may be on disk as such; any other must come, and come again if it was taken.
    const missing = (): number[] => [...promised].filter((number) => !settling.has(number));
    let ready = false;
    await runUntil(dir, undefined, (line) => {
      see(line);
      ready ||= line.what === "letters";
      return ready && missing().length === 0;
    });
    expect(promised.size).toBeGreaterThan(100);
    expect(again).toEqual([]);
    expect(letters).toEqual(KILLS.map(() => 0).concat(0));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
