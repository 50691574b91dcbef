/** Two nodes in one program, with a way between them that a test can cut: what a mesh replaces by a network. */
import {
  type NodeId,
  type RemoteEnvelope,
  type RemoteReceiver,
  type RemoteReply,
  type RemoteTransport,
  toNodeId,
  WeftError,
} from "@weftos/interface";

class UnknownNodeError extends WeftError {
  override readonly code = "MESH_NODE_UNKNOWN";
}

class UnreachableError extends WeftError {
  override readonly code = "MESH_UNREACHABLE";
}

class ReceiverFailedError extends WeftError {
  override readonly code = "MESH_RECEIVER_FAILED";
}

export class Loopback {
  readonly hereId: NodeId = toNodeId("a".repeat(32));
  readonly thereId: NodeId = toNodeId("b".repeat(32));
  readonly here: RemoteTransport = this.#transport(this.hereId, this.thereId);
  readonly there: RemoteTransport = this.#transport(this.thereId, this.hereId);
  readonly #receivers = new Map<NodeId, RemoteReceiver>();
  #link = new AbortController();

  cut(): void {
    this.#link.abort();
  }

  restore(): void {
    if (this.#link.signal.aborted) this.#link = new AbortController();
  }

  #transport(own: NodeId, other: NodeId): RemoteTransport {
    return {
      receive: (receiver) => {
        this.#receivers.set(own, receiver);
      },
      send: async (node, envelope, { signal } = {}) => {
        signal?.throwIfAborted();
        if (node !== other) throw new UnknownNodeError("no such node", { details: {} });
        const receiver = this.#receivers.get(node);
        const link = this.#link.signal;
        const unreachable = new UnreachableError("it cannot be reached", { details: {}, retryable: true });
        if (link.aborted || receiver === undefined) throw unreachable;
        const over = signal === undefined ? link : AbortSignal.any([link, signal]);
        const { promise, reject } = failure();
        const onOver = (): void => reject(link.aborted ? unreachable : signal?.reason);
        over.addEventListener("abort", onOver, { once: true });
        try {
          return await Promise.race([take(receiver, own, structuredClone(envelope), over), promise]);
        } finally {
          over.removeEventListener("abort", onOver);
        }
      },
    };
  }
}

async function take(
  receiver: RemoteReceiver,
  from: NodeId,
  envelope: RemoteEnvelope,
  signal: AbortSignal,
): Promise<RemoteReply | undefined> {
  try {
    return await receiver(from, envelope, { signal });
  } catch (error) {
    if (error instanceof WeftError) throw error;
    throw new ReceiverFailedError("the other node failed", { details: {} });
  }
}

function failure(): { readonly promise: Promise<never>; readonly reject: (reason: unknown) => void } {
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<never>((_resolve, fail) => {
    reject = fail;
  });
  return { promise, reject };
}
