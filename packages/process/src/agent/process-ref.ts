/** Reads whatever names a process. */
import type { MessageTarget, Pid, ProcessRef } from "@weftos/interface";
import { inputInvalid } from "../input-invalid.ts";

/** @throws PROCESS_INPUT_INVALID when it is neither a PID nor an object with one */
export function pidOf(ref: ProcessRef<never>): Pid {
  const pid: unknown = typeof ref === "object" && ref !== null && "pid" in ref ? ref.pid : ref;
  if (typeof pid === "number" && Number.isSafeInteger(pid) && pid >= 0) return pid as Pid;
  throw inputInvalid("a process", "a PID (a safe integer of 0 or more) or an object with one", pid);
}

/** Reads whom a message is for: a target is checked by the router. @throws PROCESS_INPUT_INVALID when it names no process either */
export function receiverOf(to: ProcessRef<never> | MessageTarget): Pid | MessageTarget {
  return typeof to === "object" && to !== null && "kind" in to ? to : pidOf(to);
}
