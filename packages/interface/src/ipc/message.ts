import type { WeftErrorJson } from "../error/weft-error.ts";
import type { NodeId, Pid } from "../identity/ids.ts";
import type { JsonValue } from "../schema/json-value.ts";

/** Where a message goes within one kernel. */
export type LocalTarget =
  | { readonly kind: "process"; readonly pid: Pid }
  /** Every subscriber of the topic but the sender. */
  | { readonly kind: "topic"; readonly topic: string }
  /** Every process with a mailbox but the sender; those outside its scope are left out. */
  | { readonly kind: "broadcast" }
  /** Whoever the service directory names. */
  | { readonly kind: "service"; readonly service: string }
  /** As `service`; the receiver reads the method from here. */
  | { readonly kind: "serviceMethod"; readonly service: string; readonly method: string }
  /** The handlers of the program that embeds the kernel. */
  | { readonly kind: "kernel" };

/** Where a message goes. */
export type MessageTarget =
  | LocalTarget
  /** A target on another node, over the mesh. */
  | { readonly kind: "remote"; readonly node: NodeId; readonly target: LocalTarget };

/** What the kernel says to a process. `ping` is answered with `pong` by the agent's runtime. */
export type SignalName = "ping" | "pong" | "suspend" | "resume" | "shutdown" | "kill";

/**
 * What a payload is. Told from the value: a string is `text`, bytes are `binary`, all else is `json`. Said by the sender: `toolCall`
 * is `{ name, args }`, `toolResult` is `{ callId, result }`, `rvf` is the bytes of a segment. The kernel alone sends `signal`.
 */
export type PayloadKind = "text" | "json" | "binary" | "toolCall" | "toolResult" | "rvf" | "signal";

/**
 * What can be sent. JSON is copied and frozen when it is sent, bytes are copied; all receivers share that one copy, so bytes that
 * were received are read and never written to.
 */
export type Payload = JsonValue | Uint8Array;

/** A message as its receiver gets it. Copy it by naming its fields: `id` is made when it is read. */
export interface Message<P = Payload> {
  /** 24 lower-case hex characters: 6 bytes of this boot, 6 bytes of a counter. */
  readonly id: string;
  readonly from: Pid;
  /** The node that it came from, where `from` is a PID of; undefined: this one. */
  readonly node?: NodeId | undefined;
  readonly target: MessageTarget;
  readonly kind: PayloadKind;
  readonly payload: P;
  /** Size of the payload as the router counts it towards its bounds, in bytes of text; undefined of what did not come from a router. */
  readonly bytes?: number | undefined;
  /** Milliseconds UTC. */
  readonly sentAt: number;
  /** Id of the request that this answers. */
  readonly correlationId: string | undefined;
  /** When its sender stops waiting for a reply, on the kernel's monotonic clock; undefined when none is expected. */
  readonly deadline: number | undefined;
  /** W3C trace context: trace id and parent id, `<32 hex>-<16 hex>`. */
  readonly trace: string | undefined;
  /** Set on a reply that reports a failure. */
  readonly error: WeftErrorJson | undefined;
  /** How often it was sent on: 0 from its first sender. Over 16 it is refused, so that no loop lasts. */
  readonly hops: number;
  /** Type of the segment in a payload of kind `rvf`, 0 to 255; 0x40 is an event of a chain. */
  readonly segmentType: number | undefined;
  /** Which try this is, from 1, when it was sent with `reliable`; such a message must be acknowledged. */
  readonly attempt: number | undefined;
  /** Position in the topic's journal, from 1, when it came over a durable subscription. */
  readonly position: number | undefined;
}

/** Options of sending. */
export interface SendOptions {
  /**
   * W3C trace context: `<32 hex>-<16 hex>` or a whole `traceparent` of version 00, in lower case, no part all zero; receivers get the
   * former. null: none. @defaultValue that of the message last taken by the sender
   */
  readonly trace?: string | null | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What the payload is, where the value alone does not tell. */
  readonly kind?: "toolCall" | "toolResult" | "rvf" | undefined;
  /** Type of the segment, needed with kind `rvf`. */
  readonly segmentType?: number | undefined;
  /** The message that is sent on: its hops are counted, and its trace goes with it. */
  readonly forwards?: Pick<Message<unknown>, "hops" | "trace"> | undefined;
  /**
   * Keeps the message on disk until its receiver acknowledged it: delivered at least once, tried again after 5, 10 and 20
   * seconds, then a dead letter. For one process or service.
   */
  readonly reliable?: boolean | undefined;
  /** Name of this message among those the sender sent reliably: a second one with the same key is not sent. At most 128 characters. */
  readonly key?: string | undefined;
}

/** Options of a request. */
export interface RequestOptions extends Pick<SendOptions, "trace" | "signal" | "kind" | "segmentType" | "forwards"> {
  /** How long to wait for the reply. @defaultValue 30 000 */
  readonly timeoutMs?: number | undefined;
}

/**
 * What became of a message. `delivered`: it is in its receiver's mailbox (for a topic or broadcast: in those that could take it).
 * `queued`: it is held, and comes later: the mailbox is full and its policy is `wait`, the receiver is suspended, or it lies in the
 * outbox on disk.
 */
export interface SendResult {
  readonly status: "delivered" | "queued";
  readonly id: string;
}

/**
 * What became of a reply. `answered`: who asked has it. `late`: nobody waits for it any more, since who asked gave up, was answered
 * or has ended; it is a dead letter. `unasked`: the message was sent and not requested, so there is nobody to tell, and nothing went
 * out.
 */
export interface ReplyResult {
  readonly status: "answered" | "late" | "unasked";
}

/** What became of a message that was tried at once. Nothing was kept of one that is `refused`: the sender still has it. */
export type TrySendResult = SendResult | { readonly status: "refused"; readonly error: WeftErrorJson };

/** How many got a published message, and how many could not. */
export interface PublishResult {
  readonly delivered: number;
  readonly refused: number;
}
