/** What every `ProcessDirectory` keeps to. */
import { type Pid, type ProcessDirectory, toPid } from "@weftos/interface";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** A directory under test. */
export interface ProcessDirectoryCase {
  readonly directory: ProcessDirectory;
  /** Starts a process that runs until `exit`. */
  spawn(name: string): Promise<Pid>;
  /** Ends a process normally; resolves when the directory must know. */
  exit(pid: Pid): Promise<void>;
  dispose(): Promise<void>;
}

/** Declares the suite for one implementation of `ProcessDirectory`. */
export function processDirectoryContract(
  name: string,
  implementation: { create(): Promise<ProcessDirectoryCase> },
): void {
  describe(`${name} keeps the contract of ProcessDirectory`, () => {
    let subject: ProcessDirectoryCase;
    beforeEach(async () => {
      subject = await implementation.create();
    });
    afterEach(() => subject.dispose());

    it("lists the kernel as PID 0, running", () => {
      expect(subject.directory.state(toPid(0))).toBe("running");
      expect(subject.directory.find(toPid(0))).toMatchObject({ pid: 0, state: "running", parent: undefined });
      expect(subject.directory.list().map((info) => info.pid)).toContain(0);
    });

    it("knows nothing of a PID that was never given", () => {
      expect(subject.directory.find(toPid(999_999))).toBeUndefined();
      expect(subject.directory.state(toPid(999_999))).toBeUndefined();
      expect(subject.directory.held(toPid(999_999))).toBeUndefined();
    });

    it("finds a process under its PID; names may repeat, PIDs do not", async () => {
      const first = await subject.spawn("twin");
      const second = await subject.spawn("twin");
      expect(second).not.toBe(first);
      expect(subject.directory.find(first)).toMatchObject({
        pid: first,
        name: "twin",
        state: "running",
        exit: undefined,
      });
      expect(subject.directory.state(second)).toBe("running");
      expect(subject.directory.list().filter((info) => info.name === "twin")).toHaveLength(2);
    });

    it("says what a live process does, and nothing of one that has ended", async () => {
      const pid = await subject.spawn("working");
      expect(["idle", "busy", "waiting", "hung"]).toContain(subject.directory.find(pid)?.activity?.kind);
      expect(subject.directory.find(pid)?.ready).toBe(true);
      await subject.exit(pid);
      expect(subject.directory.find(pid)?.activity).toBeUndefined();
    });

    it("gives snapshots that do not change, and the newest state at once", async () => {
      const pid = await subject.spawn("short");
      const before = subject.directory.find(pid);
      await subject.exit(pid);
      expect(before?.state).toBe("running");
      expect(subject.directory.state(pid)).not.toBe("running");
    });
  });
}
