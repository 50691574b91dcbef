/** A message as the router makes it: from the kernel to the process 1, and called like its text. */
import type { Message, Pid } from "@weftos/interface";

export const textMessage = (payload: string, kind: Message["kind"] = "text"): Message => ({
  id: payload,
  from: 0 as Pid,
  target: { kind: "process", pid: 1 as Pid },
  kind,
  payload,
  sentAt: 0,
  correlationId: undefined,
  deadline: undefined,
  trace: undefined,
  error: undefined,
  hops: 0,
  segmentType: undefined,
  attempt: undefined,
  position: undefined,
});
