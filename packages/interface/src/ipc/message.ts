import type { WeftErrorJson } from "../error/weft-error.ts";
import type { Pid } from "../identity/ids.ts";
import type { JsonValue } from "../schema/json-value.ts";

/** Where a message goes. */
export type MessageTarget =
  | { readonly kind: "process"; readonly pid: Pid }
  | { readonly kind: "topic"; readonly topic: string };

/** What the kernel says to a process. `ping` is answered with `pong` by the agent's runtime. */
export type SignalName = "ping" | "pong" | "suspend" | "resume" | "shutdown" | "kill";

/** What a payload is: a string is `text`, bytes are `binary`, a signal is `signal`, all else is `json`. */
export type PayloadKind = "text" | "json" | "binary" | "signal";

/** What can be sent. JSON is frozen when it is sent and shared by all receivers. */
export type Payload = JsonValue | Uint8Array;

/** A message as its receiver gets it. */
export interface Message<P = Payload> {
  /** 24 lower-case hex characters: 6 bytes of this boot, 6 bytes of a counter. */
  readonly id: string;
  readonly from: Pid;
  readonly target: MessageTarget;
  readonly kind: PayloadKind;
  readonly payload: P;
  /** Milliseconds UTC. */
  readonly sentAt: number;
  /** Id of the request that this answers. */
  readonly correlationId: string | undefined;
  /** When its sender stops waiting for a reply, on the kernel's monotonic clock; undefined when none is expected. */
  readonly deadline: number | undefined;
  /** W3C trace context, `<32 hex>-<16 hex>`. */
  readonly trace: string | undefined;
  /** Set on a reply that reports a failure. */
  readonly error: WeftErrorJson | undefined;
}

/** Options of sending. */
export interface SendOptions {
  readonly trace?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Options of a request. */
export interface RequestOptions extends SendOptions {
  /** How long to wait for the reply. @defaultValue 30 000 */
  readonly timeoutMs?: number | undefined;
}

/** What became of a message: in its receiver's mailbox, or held until there is room. */
export interface SendResult {
  readonly status: "delivered" | "queued";
  readonly id: string;
}
