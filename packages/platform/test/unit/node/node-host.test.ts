import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { nodePlatform } from "@weftos/platform";
import { describe, expect, it, vi } from "vitest";
import { startTimeOf } from "../../../src/node/node-host.ts";

describe("the host of nodePlatform", () => {
  const { host } = nodePlatform();

  it("knows itself", async () => {
    expect(host.processId).toBe(process.pid);
    expect(host.hostname).not.toBe("");
    expect(host.isAlive(process.pid)).toBe(true);
  });

  it("gives a process the same start each time, and none to one that is gone", async ({ skip }) => {
    skip(process.platform === "win32", "Windows does not tell");
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
    await once(child, "spawn");
    const pid = child.pid ?? 0;
    expect(host.isAlive(pid)).toBe(true);
    const start = await host.processStart(pid);
    expect(start).toMatch(/\S/);
    expect(await host.processStart(pid)).toBe(start);
    expect(await host.processStart(process.pid)).toMatch(/\S/);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(host.isAlive(pid)).toBe(false);
    expect(await host.processStart(pid)).toBeUndefined();
  });

  it("takes a process for gone that has ended while its parent takes no notice", async ({ skip }) => {
    skip(process.platform !== "linux", "only Linux tells without another process");
    const parent = spawn("sh", ["-c", "cat <&3 & echo $!; exec sleep 60"], {
      stdio: ["ignore", "pipe", "ignore", "pipe"],
    });
    const [line] = (await once(parent.stdout as Readable, "data")) as [Buffer];
    const pid = Number(line.toString());
    // Not while the parent is a shell, which would take notice.
    await vi.waitFor(() => expect(readFileSync(`/proc/${parent.pid}/comm`, "latin1")).toBe("sleep\n"));
    (parent.stdio[3] as Writable).end();
    await vi.waitFor(() => expect(host.isAlive(pid)).toBe(false));
    expect(process.kill(pid, 0)).toBe(true);
    parent.kill("SIGKILL");
    await once(parent, "exit");
  });

  it("takes a process of another user for alive", ({ skip }) => {
    skip(process.platform === "win32" || process.getuid?.() === 0, "the superuser may signal every process");
    expect(host.isAlive(1)).toBe(true);
  });

  it.each([0, -1, 1.5, Number.NaN])(
    "finds no process under the id %d, which means something else to kill(2)",
    async (id) => {
      expect(host.isAlive(id)).toBe(false);
      expect(await host.processStart(id)).toBeUndefined();
    },
  );

  it("reads the start behind a program name with blanks and parentheses", () => {
    const fields = Array.from({ length: 49 }, (_, index) => String(index + 4));
    expect(startTimeOf(`77 (a) R b) c) S ${fields.join(" ")}\n`)).toBe("22");
  });

  it("gives copies of the environment", () => {
    const { environment } = nodePlatform();
    const first: Record<string, string | undefined> = environment();
    expect(first.PATH).toBe(process.env.PATH);
    first.PATH = "changed";
    expect(environment().PATH).not.toBe("changed");
  });
});
