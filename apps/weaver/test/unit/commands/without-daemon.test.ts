import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runIn } from "./fake-terminal.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "weaver-none-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const weaver = (...words: string[]) => runIn(folder, ...words);
async function json(...words: string[]): Promise<{ code: number; value: unknown }> {
  const { code, out } = await weaver(...words, "--json");
  return { code, value: JSON.parse(out) };
}

describe("weaver without a daemon", () => {
  it.each([
    ["kernel stop"],
    ["kernel ps"],
    ["kernel logs"],
    ["agent list"],
    ["agent send 1 hi"],
    ["approvals list"],
    ["approvals approve some-id"],
    ["action show 1"],
  ])("%s in an empty folder ends with 3 and says how to start", async (line) => {
    const { code, out, err } = await weaver(...line.split(" "));
    expect({ code, out }).toEqual({ code: 3, out: "" });
    expect(err).toMatch(/^error\[API_NO_DAEMON\]: .*no kernel ran here yet\n {2}hint: .*weaver kernel start\n$/);
  });

  it("makes no state directory by asking", async () => {
    await weaver("approvals", "list", "--dir", "nowhere");
    await weaver("kernel", "status", "--dir", "nowhere");
    await weaver("chain", "verify", "--dir", "nowhere");
    expect(existsSync(join(folder, "nowhere"))).toBe(false);
  });

  it("tells the status of a folder where no kernel ever ran", async () => {
    expect(await json("kernel", "status", "--dir", "nowhere")).toEqual({
      code: 0,
      value: {
        pid: null,
        state: "stopped",
        dir: join(folder, "nowhere"),
        note: "no kernel ran here yet",
        chain: null,
      },
    });
  });

  it("has no chain to show or verify there", async () => {
    for (const verb of ["status", "verify"]) {
      const { code, value } = await json("chain", verb, "--dir", "nowhere");
      expect({ code, value }).toMatchObject({ code: 1, value: { error: { code: "CHAIN_ABSENT" } } });
    }
  });

  it("refuses a state directory where a file is in the way", async () => {
    writeFileSync(join(folder, "file"), "");
    for (const line of ["kernel start --dir file/state", "kernel status --dir file", "chain verify --dir file/state"]) {
      const { code, out, err } = await weaver(...line.split(" "));
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err).toMatch(/^error\[API_USAGE\]: .*file is a file/);
    }
  });

  it("refuses a name that is not UTF-8, since Node reads another from it", async () => {
    const { code, err } = await weaver("kernel", "status", "--dir", "non\ufffdutf");
    expect(code).toBe(2);
    expect(err).toContain("--dir must be UTF-8");
  });

  it.skipIf(process.platform !== "linux")("fails, and does not hang, where no folder can be made", async () => {
    const { code, err } = await weaver("kernel", "start", "--dir", "/proc/weftos/state");
    expect(code).toBe(1);
    expect(err).toMatch(/^error\[KERNEL_DIRECTORY\]: .*cannot be made: ENOENT/);
  });

  it.each(["kernel start", "init", "chain repair --dry-run"])(
    "%s is for the owner, and not for whose token it is",
    async (line) => {
      vi.stubEnv("WEAVER_TOKEN", "00".repeat(32));
      const { code, err } = await weaver(...line.split(" "), "--dir", "of-owner");
      vi.unstubAllEnvs();
      expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining("hint: unset WEAVER_TOKEN") });
      expect(existsSync(join(folder, "of-owner"))).toBe(false);
    },
  );

  it("takes a stale endpoint for what it is", async () => {
    const dir = join(folder, "stale");
    mkdirSync(join(dir, "run"), { recursive: true });
    mkdirSync(join(dir, "chain"));
    writeFileSync(join(dir, "run", "endpoint.json"), '{"version":1,"socket":"/nowhere/socket","pid":1}\n');
    writeFileSync(join(dir, "run", "token"), "00");
    const { code, err } = await weaver("kernel", "ps", "--dir", dir);
    expect(code).toBe(3);
    expect(err).toContain("error[API_NO_DAEMON]");
  });
});
