/** What every `RemoteTransport` keeps to. */
import { type NodeId, type RemoteEnvelope, type RemoteTransport, toNodeId, toPid, WeftError } from "@weftos/interface";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** Two nodes that can reach each other. */
export interface RemoteTransportCase {
  readonly here: RemoteTransport;
  readonly there: RemoteTransport;
  readonly hereId: NodeId;
  readonly thereId: NodeId;
  /** Cuts the way between them for good. */
  cut(): Promise<void>;
  dispose(): Promise<void>;
}

class FarError extends WeftError<{ readonly why: string }> {
  override readonly code = "CONTRACT_FAR";
}

const unknownNode = toNodeId("f".repeat(32));

function envelope(payload: RemoteEnvelope["payload"], more: Partial<RemoteEnvelope> = {}): RemoteEnvelope {
  return {
    id: "0".repeat(24),
    from: toPid(3),
    target: { kind: "service", service: "bank" },
    kind: payload instanceof Uint8Array ? "binary" : "json",
    payload,
    sentAt: 1000,
    trace: undefined,
    hops: 1,
    segmentType: undefined,
    timeoutMs: undefined,
    ...more,
  };
}

/** Declares the suite for one implementation of `RemoteTransport`. */
export function remoteTransportContract(
  name: string,
  implementation: { create(): Promise<RemoteTransportCase> },
): void {
  describe(`${name} keeps the contract of RemoteTransport`, () => {
    let subject: RemoteTransportCase;
    beforeEach(async () => {
      subject = await implementation.create();
    });
    afterEach(() => subject.dispose());

    it("carries an envelope whole, with the node it came from; bytes stay bytes", async () => {
      const got: unknown[] = [];
      subject.there.receive(async (node, taken) => {
        got.push([node, taken]);
        return undefined;
      });
      const sent = [
        envelope({ a: [1, null] }, { trace: "t", target: { kind: "process", pid: toPid(9) } }),
        envelope(Uint8Array.of(0, 255), { kind: "rvf", segmentType: 64 }),
      ];
      for (const one of sent) expect(await subject.here.send(subject.thereId, one)).toBeUndefined();
      expect(got).toEqual(sent.map((one) => [subject.hereId, one]));
    });

    it("gives the reply of an envelope that expects one", async () => {
      subject.there.receive(async (_node, { payload }) => ({
        kind: "json",
        payload: { echo: payload } as never,
        error: undefined,
      }));
      const reply = await subject.here.send(subject.thereId, envelope("ping", { kind: "text", timeoutMs: 500 }));
      expect(reply).toEqual({ kind: "json", payload: { echo: "ping" }, error: undefined });
    });

    it("rejects with what the receiver threw, its code kept", async () => {
      subject.there.receive(async () => {
        throw new FarError("no", { details: { why: "closed" } });
      });
      await expect(subject.here.send(subject.thereId, envelope(1))).rejects.toMatchObject({
        code: "CONTRACT_FAR",
        details: { why: "closed" },
      });
    });

    it("keeps the order of the calls", async () => {
      const got: unknown[] = [];
      subject.there.receive(async (_node, { payload }) => {
        got.push(payload);
        return undefined;
      });
      await Promise.all(Array.from({ length: 50 }, (_, index) => subject.here.send(subject.thereId, envelope(index))));
      expect(got).toEqual(Array.from({ length: 50 }, (_, index) => index));
    });

    it("carries 16 MiB", async () => {
      let length = 0;
      subject.there.receive(async (_node, { payload }) => {
        length = (payload as Uint8Array).byteLength;
        return undefined;
      });
      await subject.here.send(subject.thereId, envelope(new Uint8Array(16 * 1024 * 1024)));
      expect(length).toBe(16 * 1024 * 1024);
    });

    it("refuses a node that it does not know", async () => {
      await expect(subject.here.send(unknownNode, envelope(1))).rejects.toMatchObject({ code: "MESH_NODE_UNKNOWN" });
    });

    it("rejects when the way is cut, also what waits for its reply", async () => {
      subject.there.receive(() => new Promise(() => undefined));
      const waiting = subject.here.send(subject.thereId, envelope(1, { timeoutMs: 60_000 }));
      const settled = expect(waiting).rejects.toMatchObject({ code: "MESH_UNREACHABLE", retryable: true });
      await subject.cut();
      await settled;
      await expect(subject.here.send(subject.thereId, envelope(2))).rejects.toMatchObject({ code: "MESH_UNREACHABLE" });
    });

    it("rejects with the reason of its signal", async () => {
      subject.there.receive(() => new Promise(() => undefined));
      const controller = new AbortController();
      const reason = new Error("enough");
      const sent = subject.here.send(subject.thereId, envelope(1, { timeoutMs: 60_000 }), {
        signal: controller.signal,
      });
      const settled = expect(sent).rejects.toBe(reason);
      controller.abort(reason);
      await settled;
    });
  });
}
