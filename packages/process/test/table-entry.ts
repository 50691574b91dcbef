/** Rows of a process table, for tests of what reads it. */
import type { Capabilities, Pid } from "@weftos/interface";
import { rootCapabilities } from "../src/capability/default-capabilities.ts";
import { type ProcessAbout, ProcessEntry } from "../src/table/process-entry.ts";

class Entry extends ProcessEntry {
  protected override readonly about: ProcessAbout;

  constructor(pid: Pid, parent: Pid, capabilities: Capabilities) {
    super({ pid, restarts: 0, startedAt: 0, capabilities });
    this.about = { kind: "agent", name: "a", parent, backend: "inline" };
  }
}

export function entryOf(pid: number, parent = 0, capabilities: Capabilities = rootCapabilities): ProcessEntry {
  return new Entry(pid as Pid, parent as Pid, capabilities);
}
