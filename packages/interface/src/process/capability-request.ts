import type { Capabilities, FileGrant, IpcScope, ToolGrant } from "./capabilities.ts";

/** Rights asked for a new process; what is not named keeps the default of its spawner. */
export interface CapabilityRequest extends Partial<Omit<Capabilities, "tools" | "files">> {
  readonly ipcScope?: IpcScope;
  readonly tools?: Partial<ToolGrant>;
  readonly files?: Partial<FileGrant>;
}
