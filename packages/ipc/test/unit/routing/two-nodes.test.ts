import { setImmediate as nextTurn } from "node:timers/promises";
import type { Message, RemoteReply } from "@weftos/interface";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Loopback } from "../../loopback.ts";
import { a, b, setUp } from "../../router-harness.ts";

/** Two kernels, each with a router, that reach each other. */
function twoNodes() {
  const loopback = new Loopback();
  const [here, there] = [setUp(), setUp()];
  here.transports.push(loopback.here);
  there.transports.push(loopback.there);
  loopback.here.receive((...taken) => here.router.fromRemote(...taken));
  loopback.there.receive((...taken) => there.router.fromRemote(...taken));
  const target = { kind: "remote", node: loopback.thereId, target: { kind: "process", pid: b } } as const;
  return { loopback, here, there, target, inbox: there.router.attach(b) };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await nextTurn();
}

describe("two kernels", () => {
  it("send, ask and answer each other; what fails there fails here by its code", async () => {
    const { here, target, inbox, loopback } = twoNodes();
    expect((await here.router.send(a, target, { plain: 1 })).status).toBe("delivered");
    expect(inbox.take()).toMatchObject({ from: a, node: loopback.hereId, payload: { plain: 1 }, hops: 1 });
    const nobody = { ...target, target: { kind: "service", service: "none" } } as const;
    await expect(here.router.send(a, nobody, 1)).rejects.toMatchObject({ code: "IPC_SERVICE_NOT_FOUND" });
    await expect(here.router.request(a, nobody, 1)).rejects.toMatchObject({ code: "IPC_SERVICE_NOT_FOUND" });
  });

  it("fail what waits when the way between them is cut, on both sides, and go on when it is back", async () => {
    const { here, there, target, inbox, loopback } = twoNodes();
    const answer = expect(here.router.request(a, target, "question")).rejects.toMatchObject({
      code: "MESH_UNREACHABLE",
      retryable: true,
    });
    await turns();
    const question = inbox.take() as Message;
    loopback.cut();
    await answer;
    await turns();
    expect([here.router.pendingRequests, there.router.pendingRequests]).toEqual([0, 0]);
    expect(await there.router.reply(b, question, "nobody hears")).toEqual({ status: "late" });
    // It is the word of a stranger, not of the process that has the same PID here.
    const stranger = { kind: "remote", node: loopback.hereId, target: { kind: "process", pid: a } };
    expect(there.deadLetters.list()).toMatchObject([{ reason: "late-reply", pid: undefined, target: stranger }]);
    await expect(here.router.send(a, target, 1)).rejects.toMatchObject({ code: "MESH_UNREACHABLE" });
    loopback.restore();
    await here.router.send(a, target, "again");
    expect(inbox.take()?.payload).toBe("again");
  });

  it("give up together: a time-out here ends the request there", async () => {
    const { here, there, target, inbox } = twoNodes();
    const answer = expect(here.router.request(a, target, "question", { timeoutMs: 50 })).rejects.toMatchObject({
      code: "IPC_TIMEOUT",
    });
    await turns();
    expect([there.router.pendingRequests, inbox.depth]).toEqual([1, 1]);
    await here.clock.advance(50);
    await answer;
    await turns();
    expect(there.router.pendingRequests).toBe(0);
  });

  it.each([
    ["a payload that is no JSON", { kind: "json", payload: { at: Number.NaN }, error: undefined }],
    ["a segment without bytes", { kind: "rvf", payload: "text", error: undefined }],
    ["a tool result without its call", { kind: "toolResult", payload: {}, error: undefined }],
  ])("refuse a reply with %s", async (_, reply) => {
    const { here, target, loopback } = twoNodes();
    loopback.there.receive(async () => reply as unknown as RemoteReply);
    await expect(here.router.request(a, target, "question")).rejects.toMatchObject({ code: "IPC_PAYLOAD_INVALID" });
    expect(here.router.pendingRequests).toBe(0);
  });

  it("settle each request once and keep the order of what arrives, however the way between them breaks", async () => {
    const step = fc.constantFrom("send", "ask", "answer", "restart", "cut", "restore", "time");
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 50 }), async (steps) => {
        const { loopback, here, there, target, ...nodes } = twoNodes();
        let { inbox } = nodes;
        const settled: string[] = [];
        const taken: number[] = [];
        const open: Message[] = [];
        let asked = 0;
        let sent = 0;
        const delivered: number[] = [];
        const take = (): void => {
          for (let message = inbox.take(); message !== undefined; message = inbox.take()) {
            if (message.deadline === undefined) taken.push(Number(message.payload));
            else open.push(message);
          }
        };
        for (const does of steps) {
          if (does === "send") {
            sent += 1;
            const own = sent;
            await here.router.send(a, target, own).then(
              () => delivered.push(own),
              () => undefined,
            );
          } else if (does === "ask") {
            asked += 1;
            const own = asked;
            const told = (text: string) => () => settled.push(`${own} ${text}`);
            here.router
              .request(a, target, own, { timeoutMs: 100 })
              .then(({ payload }) => told(payload === `re ${own}` ? "ok" : "WRONG")(), told("failed"));
            await turns();
          } else if (does === "cut") loopback.cut();
          else if (does === "restore") loopback.restore();
          else if (does === "time") {
            await here.clock.advance(60);
            await there.clock.advance(60);
          } else {
            take();
            const request = open.shift();
            if (request === undefined) continue;
            if (does === "restart") {
              there.router.detach(b);
              inbox = there.router.attach(b);
            }
            await there.router.reply(b, request, does === "answer" ? `re ${request.payload}` : "WRONG");
          }
        }
        take();
        await here.clock.advance(1000);
        await there.clock.advance(1000);
        await turns();
        expect(settled.map((one) => one.split(" ")[0]).sort()).toEqual(
          Array.from({ length: asked }, (_, index) => String(index + 1)).sort(),
        );
        expect(settled.filter((one) => one.includes("WRONG"))).toEqual([]);
        expect(taken).toEqual(delivered.filter((number) => taken.includes(number)));
        expect([here.router.pendingRequests, there.router.pendingRequests]).toEqual([0, 0]);
      }),
      { numRuns: 60 },
    );
  });
});
