import type { Pid } from "../identity/ids.ts";
import type { ExitReason } from "./process-directory.ts";

/** Names one act of monitoring: `mon-` and a number that is never reused in a kernel. */
export type MonitorRef = `mon-${number}`;

/**
 * What an agent learns of another's end: `down` for one it monitors, `exit` for one it is linked to when it traps exits. It comes
 * as the payload of a message of kind `signal`, before other messages.
 */
export type ProcessNotice =
  | { readonly signal: "down"; readonly ref: MonitorRef; readonly pid: Pid; readonly reason: NoticeReason }
  | { readonly signal: "exit"; readonly pid: Pid; readonly reason: NoticeReason };

/** Why it ended; `unknown` when it had ended before it was monitored and nothing is known of it any more. */
export type NoticeReason = ExitReason | { readonly kind: "unknown" };
