import type { WeftErrorJson } from "../error/weft-error.ts";
import type { Port } from "../feature/port.ts";
import type { NodeId, Pid } from "../identity/ids.ts";
import type { LocalTarget, Payload, PayloadKind } from "./message.ts";

/** A message on its way between nodes. */
export interface RemoteEnvelope {
  readonly id: string;
  /** PID of the sender on its own node. */
  readonly from: Pid;
  readonly target: LocalTarget;
  readonly kind: Exclude<PayloadKind, "signal">;
  readonly payload: Payload;
  readonly sentAt: number;
  readonly trace: string | undefined;
  readonly hops: number;
  readonly segmentType: number | undefined;
  /** Milliseconds within which a reply is expected; undefined when none is. */
  readonly timeoutMs: number | undefined;
}

/** The answer to an envelope with `timeoutMs`. */
export interface RemoteReply {
  readonly kind: Exclude<PayloadKind, "signal">;
  readonly payload: Payload;
  readonly error: WeftErrorJson | undefined;
}

/** Takes what other nodes send. Gives the reply, or undefined where none is expected; what it throws goes back as an error. */
export type RemoteReceiver = (
  node: NodeId,
  envelope: RemoteEnvelope,
  options: { readonly signal: AbortSignal },
) => Promise<RemoteReply | undefined>;

/**
 * Carries messages between nodes.
 *
 * *When called*: by the router for remote targets, after capability and gate. *Errors*: `MESH_NODE_UNKNOWN` for a node it
 * does not know, `MESH_UNREACHABLE` (retryable) when it cannot be reached or the link ends before the answer; what the receiver
 * threw, with its code. *Ordering*: envelopes from one node to another arrive in the order of the calls, also over a link that broke
 * and came back; replies in any. *Rules*: `send` resolves when the other node took it, so a rejected one may have arrived or not;
 * each arrives at most once, and never after a later one; the receiver's signal aborts when the sender gives up or the link ends;
 * payloads up to 16 MiB pass; bytes stay bytes, and what one side changes later changes nothing on the other.
 */
export interface RemoteTransport {
  /** Sends, and waits for the reply when `timeoutMs` is given. */
  send(
    node: NodeId,
    envelope: RemoteEnvelope,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<RemoteReply | undefined>;
  /** Says who takes what arrives; one receiver at a time, a later one takes its place. */
  receive(receiver: RemoteReceiver): void;
}

export const remoteTransport: Port<RemoteTransport, "many"> = { name: "RemoteTransport", arity: "many" };
