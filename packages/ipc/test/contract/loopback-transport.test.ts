/** The contract of `RemoteTransport` holds for two routers in one program: what a mesh replaces by a network. */
import { type NodeId, type RemoteReceiver, type RemoteTransport, toNodeId, WeftError } from "@weftos/interface";
import { remoteTransportContract } from "@weftos/testkit/contract";

class UnknownNodeError extends WeftError {
  override readonly code = "MESH_NODE_UNKNOWN";
}

class UnreachableError extends WeftError {
  override readonly code = "MESH_UNREACHABLE";
}

class Loopback {
  readonly receivers = new Map<NodeId, RemoteReceiver>();
  readonly cuts = new AbortController();

  transport(own: NodeId, nodes: readonly NodeId[]): RemoteTransport {
    return {
      receive: (receiver) => {
        this.receivers.set(own, receiver);
      },
      send: async (node, envelope, { signal } = {}) => {
        if (!nodes.includes(node)) throw new UnknownNodeError("no such node", { details: {} });
        const unreachable = new UnreachableError("it cannot be reached", { details: {}, retryable: true });
        const receiver = this.receivers.get(node);
        if (this.cuts.signal.aborted || receiver === undefined) throw unreachable;
        const never = new Promise<never>((_resolve, reject) => {
          this.cuts.signal.addEventListener("abort", () => reject(unreachable));
          signal?.addEventListener("abort", () => reject(signal.reason));
        });
        return await Promise.race([receiver(own, structuredClone(envelope), { signal: this.cuts.signal }), never]);
      },
    };
  }
}

remoteTransportContract("a loopback between two nodes", {
  async create() {
    const [hereId, thereId] = [toNodeId("a".repeat(32)), toNodeId("b".repeat(32))];
    const loopback = new Loopback();
    return {
      hereId,
      thereId,
      here: loopback.transport(hereId, [thereId]),
      there: loopback.transport(thereId, [hereId]),
      cut: async () => loopback.cuts.abort(),
      dispose: async () => undefined,
    };
  },
});
