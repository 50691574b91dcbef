/** Rows of a process table, for tests of what reads it. */
import type { Capabilities, Pid } from "@weftos/interface";
import { rootCapabilities } from "../src/capability/default-capabilities.ts";
import { ProcessEntry } from "../src/table/process-entry.ts";

export function entryOf(pid: number, parent = 0, capabilities: Capabilities = rootCapabilities): ProcessEntry {
  const about = { kind: "agent", name: "a", parent: parent as Pid, backend: "inline" } as const;
  return new ProcessEntry({ pid: pid as Pid, about, restarts: 0, startedAt: 0, capabilities });
}
