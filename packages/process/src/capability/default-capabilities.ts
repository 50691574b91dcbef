/** The capabilities of the kernel, and those of a process that the kernel starts without naming any. */
import type { Capabilities } from "@weftos/interface";

/** Flags as the reference has them; no tool, file or network right unless it is given. */
export const rootCapabilities: Capabilities = Object.freeze<Capabilities>({
  canSpawn: true,
  canIpc: true,
  canExecTools: true,
  canNetwork: false,
  ipcScope: Object.freeze({ kind: "all" }),
  tools: Object.freeze({ allow: Object.freeze([]), deny: Object.freeze([]) }),
  files: Object.freeze({
    read: Object.freeze([]),
    write: Object.freeze([]),
    own: Object.freeze([]),
    deny: Object.freeze([]),
  }),
});

/** What is shown for PID 0; its actions are not checked against it. */
export const kernelCapabilities: Capabilities = Object.freeze<Capabilities>({
  canSpawn: true,
  canIpc: true,
  canExecTools: true,
  canNetwork: true,
  ipcScope: { kind: "all" },
  tools: { allow: ["*"], deny: [] },
  files: { read: ["/"], write: ["/"], own: [], deny: [] },
});

/** What is left of rights whose holder is gone. */
export const noCapabilities: Capabilities = Object.freeze<Capabilities>({
  ...rootCapabilities,
  canSpawn: false,
  canIpc: false,
  canExecTools: false,
  ipcScope: Object.freeze({ kind: "none" }),
});
