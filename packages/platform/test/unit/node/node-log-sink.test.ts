import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { nodePlatform } from "@weftos/platform";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

describe("the log of the machine", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "weftos-log-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const lines = async (): Promise<unknown[]> => {
    const text = await readFile(join(folder, "kernel.log"), "utf8");
    return text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  };

  it("writes one JSON object a line, with its own names for fields that collide", async () => {
    const sink = await nodePlatform().openLogSink({ folder });
    const fields = { pid: 7, level: "x", path: "a\nb", gone: undefined };
    sink.write({ time: 5, level: "warn", subsystem: "ipc", message: "said", fields });
    await sink.close();
    expect(await lines()).toEqual([
      {
        level: "warn",
        pid: process.pid,
        time: 5,
        subsystem: "ipc",
        pid_: 7,
        level_: "x",
        path: "a\nb",
        message: "said",
      },
    ]);
  });

  it("writes what waits when the process exits without closing it, and is done with the process when closed", async () => {
    const program = `
      import { nodePlatform } from "@weftos/platform";
      const line = (message) => ({ time: 1, level: "info", subsystem: "x", message, fields: {} });
      const closed = await nodePlatform().openLogSink({ folder: process.argv[1] });
      closed.write(line("first"));
      await closed.close();
      const open = await nodePlatform().openLogSink({ folder: process.argv[1] });
      for (let index = 0; index < 1000; index += 1) open.write(line(String(index)));
      console.log(process.listenerCount("exit"));
      process.exit(0);
    `;
    const args = ["--conditions=weftos-source", "--input-type=module", "-e", program, folder];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname });
    expect(stdout.trim()).toBe("1");
    const messages = (await lines()).map((line) => (line as { message: string }).message);
    expect(messages).toEqual(["first", ...Array.from({ length: 1000 }, (_, index) => String(index))]);
  });
});
