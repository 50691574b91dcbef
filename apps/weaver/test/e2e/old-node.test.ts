import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const BIN = join(import.meta.dirname, "../../bin/weaver.js");
const run = promisify(execFile);

/** Lets this Node pass for another version. */
const pretend = (version: string) =>
  `data:text/javascript,Object.defineProperty(process,"versions",{value:{node:${JSON.stringify(version)}}})`;

describe("the installed command", () => {
  it.each(["12.22.0", "20.20.2", "22.17.1"])("says in one sentence that Node %s is too old", async (version) => {
    await expect(run(process.execPath, ["--import", pretend(version), BIN, "--version"])).rejects.toMatchObject({
      code: 1,
      stdout: "",
      stderr: `weaver needs Node.js 22.18 or newer, and this is ${version}.\n`,
    });
  });

  it.each(["22.18.0", "24.0.0", "26.1.0"])("goes on with Node %s", async (version) => {
    const ended = await run(process.execPath, ["--import", pretend(version), BIN, "--version"]).catch(
      (error: { stdout: string; stderr: string }) => error,
    );
    // Without a build there is nothing to run, and it says so.
    expect(`${ended.stdout}${ended.stderr}`).toMatch(/^weaver (\d+\.\d+\.\d+\n$|cannot start: )/);
    expect(ended.stderr).not.toContain("needs Node.js");
  });
});
