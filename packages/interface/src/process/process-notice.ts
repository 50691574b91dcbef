import type { Pid } from "../identity/ids.ts";
import type { ExitReason } from "./process-directory.ts";
import type { LimitName } from "./resource-limits.ts";

/** Names one act of monitoring: `mon-` and a number that is never reused in a kernel. */
export type MonitorRef = `mon-${number}`;

/**
 * What an agent is told: of another's end, `down` for one it monitors, `exit` for one it is linked to when it traps exits; `limit`
 * when it traps exits and has used 80 % of one of its own limits, at 100 % of which it is ended. It comes
 * as the payload of a message of kind `signal`, before other messages.
 */
export type ProcessNotice =
  | EndNotice
  | { readonly signal: "limit"; readonly limit: LimitName; readonly used: number; readonly max: number };

/** Why it ended; `unknown` when it had ended before it was monitored and nothing is known of it any more. */
export type NoticeReason = ExitReason | { readonly kind: "unknown" };

/** That another process has ended. */
export type EndNotice =
  | { readonly signal: "down"; readonly ref: MonitorRef; readonly pid: Pid; readonly reason: NoticeReason }
  | { readonly signal: "exit"; readonly pid: Pid; readonly reason: NoticeReason };
