/** What every `RemoteTransport` keeps to. */
import { type NodeId, type RemoteEnvelope, type RemoteTransport, toNodeId, toPid, WeftError } from "@weftos/interface";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** Two nodes that can reach each other. */
export interface RemoteTransportCase {
  readonly here: RemoteTransport;
  readonly there: RemoteTransport;
  readonly hereId: NodeId;
  readonly thereId: NodeId;
  /** Cuts the way between them. */
  cut(): Promise<void>;
  /** Lets them reach each other again; resolves when they do. */
  restore(): Promise<void>;
  dispose(): Promise<void>;
}

class FarError extends WeftError<{ readonly why: string }> {
  override readonly code = "CONTRACT_FAR";
}

const trace = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";
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

/** Waits turn by turn, since another node has its own time. */
async function until(holds: () => boolean): Promise<void> {
  await expect.poll(holds, { timeout: 5000 }).toBe(true);
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
        envelope({ a: [1, null] }, { trace, target: { kind: "process", pid: toPid(9) } }),
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

    it("rejects when the receiver fails with what is no error of WeftOS, and goes on", async () => {
      subject.there.receive(async (_node, { payload }) => {
        if (payload === 1) throw new TypeError("a fault of the receiver");
        return undefined;
      });
      await expect(subject.here.send(subject.thereId, envelope(1))).rejects.toBeInstanceOf(Error);
      await subject.here.send(subject.thereId, envelope(2));
    });

    it("gives a reply that reports a failure as such", async () => {
      const error = new FarError("no", { details: { why: "closed" } }).toJSON();
      subject.there.receive(async () => ({ kind: "json", payload: null, error }));
      const reply = await subject.here.send(subject.thereId, envelope(1, { timeoutMs: 500 }));
      expect(reply).toEqual({ kind: "json", payload: null, error });
    });

    it("gives each its own reply, in whatever order they come, and both ways at once", async () => {
      const held: (() => void)[] = [];
      const answer =
        (side: string) =>
        async (_node: NodeId, { payload }: RemoteEnvelope) => {
          await new Promise<void>((resolve) => held.push(resolve));
          return { kind: "text", payload: `${side} ${payload}`, error: undefined } as const;
        };
      subject.there.receive(answer("there"));
      subject.here.receive(answer("here"));
      const ask = (number: number) => envelope(number, { timeoutMs: 60_000 });
      const asked = [
        ...[1, 2, 3].map((number) => subject.here.send(subject.thereId, ask(number))),
        ...[4, 5].map((number) => subject.there.send(subject.hereId, ask(number))),
      ];
      await until(() => held.length === asked.length);
      for (const release of held.reverse()) release();
      expect((await Promise.all(asked)).map((reply) => reply?.payload)).toEqual([
        "there 1",
        "there 2",
        "there 3",
        "here 4",
        "here 5",
      ]);
    });

    it("carries what was sent, not what the sender made of it later", async () => {
      const bytes = Uint8Array.of(1, 2, 3);
      const got: unknown[] = [];
      subject.there.receive(async (_node, { payload }) => {
        got.push(payload);
        (payload as Uint8Array)[1] = 9;
        return undefined;
      });
      const sent = subject.here.send(subject.thereId, envelope(bytes));
      bytes[0] = 7;
      await sent;
      expect([got, bytes]).toEqual([[Uint8Array.of(1, 9, 3)], Uint8Array.of(7, 2, 3)]);
    });

    it("has one receiver at a time: a later one takes its place; without one nobody is reached", async () => {
      await expect(subject.here.send(subject.thereId, envelope(0))).rejects.toMatchObject({ code: "MESH_UNREACHABLE" });
      const got: string[] = [];
      for (const name of ["first", "second"]) {
        subject.there.receive(async (_node, { payload }) => {
          got.push(`${name} ${payload}`);
          return undefined;
        });
        await subject.here.send(subject.thereId, envelope(name.length));
      }
      expect(got).toEqual(["first 5", "second 6"]);
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

    it("lets no small envelope overtake a large one, and brings each once", async () => {
      const got: number[] = [];
      subject.there.receive(async (_node, { payload }) => {
        got.push((payload as Uint8Array).byteLength);
        return undefined;
      });
      const lengths = [3_000_000, 1, 200_000, 0, 70_000, 2];
      await Promise.all(lengths.map((length) => subject.here.send(subject.thereId, envelope(new Uint8Array(length)))));
      expect(got).toEqual(lengths);
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

    it("tells the receiver that the way was cut", async () => {
      const signals: AbortSignal[] = [];
      subject.there.receive((_node, _envelope, { signal }) => {
        signals.push(signal);
        return new Promise(() => undefined);
      });
      const waiting = subject.here.send(subject.thereId, envelope(1, { timeoutMs: 60_000 })).catch(() => undefined);
      await until(() => signals.length === 1);
      expect(signals[0]?.aborted).toBe(false);
      await subject.cut();
      await waiting;
      await until(() => signals[0]?.aborted === true);
    });

    it("goes on after the way was cut and came back: in order, nothing twice, what was rejected never late", async () => {
      const got: number[] = [];
      subject.there.receive(async (_node, { payload }) => {
        got.push(Number(payload));
        return undefined;
      });
      const resolved: number[] = [];
      const send = async (number: number): Promise<void> => {
        await subject.here.send(subject.thereId, envelope(number)).then(
          () => resolved.push(number),
          () => undefined,
        );
      };
      await send(1);
      const meanwhile = [2, 3].map(send);
      await subject.cut();
      await Promise.all(meanwhile);
      await send(4);
      await subject.restore();
      await send(5);
      await send(6);
      expect(resolved).toEqual(expect.arrayContaining([1, 5, 6]));
      expect(got).toEqual(expect.arrayContaining(resolved));
      expect(got).toEqual([...new Set(got)].sort((a, b) => a - b));
      expect(got).not.toContain(4);
    });

    it("sends nothing for a caller who has given up already", async () => {
      let got = 0;
      subject.there.receive(async () => {
        got += 1;
        return undefined;
      });
      const reason = new Error("never mind");
      const sent = subject.here.send(subject.thereId, envelope(1), { signal: AbortSignal.abort(reason) });
      await expect(sent).rejects.toBe(reason);
      await subject.here.send(subject.thereId, envelope(2));
      expect(got).toBe(1);
    });

    it("tells the receiver that the sender gave up, and reaches it again", async () => {
      const signals: AbortSignal[] = [];
      subject.there.receive((_node, { payload }, { signal }) => {
        signals.push(signal);
        return payload === "wait" ? new Promise(() => undefined) : Promise.resolve(undefined);
      });
      const controller = new AbortController();
      const waiting = envelope("wait", { kind: "text", timeoutMs: 60_000 });
      const sent = subject.here.send(subject.thereId, waiting, { signal: controller.signal });
      await until(() => signals.length === 1);
      controller.abort(new Error("enough"));
      await expect(sent).rejects.toThrow("enough");
      await until(() => signals[0]?.aborted === true);
      await subject.here.send(subject.thereId, envelope("next", { kind: "text" }));
      expect(signals[1]?.aborted).toBe(false);
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
