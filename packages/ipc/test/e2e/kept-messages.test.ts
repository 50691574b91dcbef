import { getEventListeners } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type AgentContext, defineAgent, type Payload, type SendResult, toPid } from "@weftos/interface";
import { testKernel } from "@weftos/testkit/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let subject: Awaited<ReturnType<typeof testKernel>>;
beforeAll(async () => {
  subject = await testKernel();
});
afterAll(() => subject.kernel.shutdown());

async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await nextTurn();
}

/** Runs something as an agent, and gives what it gave; the agent stays. */
async function asAgent<T>(
  work: (agent: AgentContext) => Promise<T>,
  options: Parameters<typeof subject.kernel.process.spawn>[1] = {},
): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    const agent = defineAgent({
      name: "actor",
      async run(context) {
        await work(context).then(resolve, reject);
        for await (const _ of context.inbox);
      },
    });
    subject.kernel.process.spawn(agent, options).catch(reject);
  });
}

describe("a durable subscription in a kernel", () => {
  it("gives a message once to a reader that waits for it", async () => {
    const got: Payload[] = [];
    const reader = defineAgent({
      name: "reader",
      async run(agent) {
        await agent.subscribe("once.a", { durable: { name: "once" } });
        for await (const message of agent.inbox) got.push(message.payload);
      },
    });
    await subject.kernel.process.spawn(reader);
    await turns();
    for (let index = 0; index < 5; index += 1) await subject.kernel.ipc.publish("once.a", index);
    await turns();
    expect(got).toEqual([0, 1, 2, 3, 4]);
  });

  it("loses nothing to a mailbox that drops its oldest, whoever drove it out", async () => {
    const got: number[] = [];
    let start: () => void = () => undefined;
    const begin = new Promise<void>((resolve) => {
      start = resolve;
    });
    const reader = defineAgent({
      name: "reader",
      async run(agent) {
        await agent.subscribe("dropped.a", { durable: { name: "dropped" } });
        await begin;
        for await (const message of agent.inbox) {
          if (message.position === undefined) continue;
          got.push(message.position);
          await agent.acknowledge(message);
        }
      },
    });
    const options = { mailboxLimit: 4, mailboxPolicy: "drop-oldest" } as const;
    const { pid } = await subject.kernel.process.spawn(reader, options);
    await turns();
    for (let index = 0; index < 100; index += 1) await subject.kernel.ipc.publish("dropped.a", index);
    for (let index = 0; index < 8; index += 1) await subject.kernel.ipc.send(toPid(pid), "in between");
    start();
    for (let round = 0; round < 40; round += 1) {
      await turns(5);
      await subject.clock.advance(100);
    }
    expect([...new Set(got)]).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  });
});

describe("a reliable message", () => {
  it("does not follow a service to where its sender may not send", async () => {
    const { kernel, clock } = subject;
    const got: string[] = [];
    const named = (name: string) =>
      defineAgent({
        name,
        async run(agent) {
          for await (const message of agent.inbox) got.push(`${agent.name}: ${String(message.payload)}`);
        },
      });
    const near = await kernel.process.spawn(named("near"));
    const far = await kernel.process.spawn(named("far"));
    await kernel.services.register("moving", { kind: "process", pid: near.pid });
    const capabilities = { ipcScope: { kind: "restricted", pids: [toPid(near.pid)] } } as const;
    const target = { kind: "service", service: "moving" } as const;
    const sent = await asAgent((agent) => agent.send(target, "order", { reliable: true }), { capabilities });
    expect(sent.status).toBe("queued");
    await turns();
    await kernel.services.unregister("moving");
    await kernel.services.register("moving", { kind: "process", pid: far.pid });
    for (let round = 0; round < 14; round += 1) {
      await clock.advance(5000);
      await turns();
    }
    expect(got).toEqual(["near: order"]);
    expect(kernel.ipc.deadLetters.list({ reason: "unacknowledged" }).at(-1)?.payload).toBe("order");
  });

  it("is not sent again under its key by the next start of its sender", async () => {
    const got: string[] = [];
    const receiver = await subject.kernel.process.spawn(
      defineAgent({
        name: "receiver",
        async run(agent) {
          for await (const message of agent.inbox) {
            got.push(message.id);
            await agent.acknowledge(message);
          }
        },
      }),
    );
    const sent: SendResult[] = [];
    const sender = defineAgent({
      name: "sender",
      async run(agent) {
        sent.push(await agent.send(toPid(receiver.pid), "pay", { reliable: true, key: "order-7" }));
        if (sent.length === 1) throw new Error("after the send");
        for await (const _ of agent.inbox);
      },
    });
    await subject.kernel.process.spawn(sender, { restart: { type: "permanent" } });
    await turns(40);
    await subject.clock.advance(2000);
    await turns(40);
    expect(sent.map(({ id }) => id)).toEqual([got[0], got[0]]);
    expect(got).toHaveLength(1);
  });
});

describe("an agent whose rights are taken", () => {
  it("gets nothing more of its topics, alone, in a group or from the disk", async () => {
    const { kernel } = subject;
    const got: Payload[] = [];
    const reader = defineAgent({
      name: "reader",
      async run(agent) {
        await agent.subscribe("taken.a");
        await agent.subscribe("taken.b", { group: "g" });
        await agent.subscribe("taken.c", { durable: { name: "taken" } });
        await agent.subscribe("kept.d");
        for await (const message of agent.inbox) got.push(message.payload);
      },
    });
    const capabilities = { ipcScope: { kind: "topic", topics: ["taken.*", "kept.*"] } } as const;
    const { pid } = await kernel.process.spawn(reader, { capabilities });
    await turns();
    const publish = async (round: number): Promise<void> => {
      for (const topic of ["taken.a", "taken.b", "taken.c", "kept.d"]) {
        await kernel.ipc.publish(topic, `${topic} ${round}`);
      }
      await turns();
    };
    await publish(1);
    const denied = kernel.decisions.deny;
    await kernel.process.revoke(pid, { ipcScope: { kind: "topic", topics: ["kept.*"] } });
    await turns();
    expect(kernel.decisions.deny - denied).toBe(3);
    await publish(2);
    expect(got.sort()).toEqual(["kept.d 1", "kept.d 2", "taken.a 1", "taken.b 1", "taken.c 1"]);
  });
});

describe("what agents may not do by replies and streams", () => {
  it("refuses a reply to a request that was written down by hand, when the agent may not send", async () => {
    const { kernel } = subject;
    const before = kernel.ipc.deadLetters.counts()["late-reply"] ?? 0;
    const { id } = await kernel.ipc.send(toPid(await asAgent(async (agent) => agent.pid)), "any");
    const forged = { id, deadline: 1, from: toPid(1) };
    const replied = asAgent((agent) => agent.reply(forged as never, "spam"), { capabilities: { canIpc: false } });
    await expect(replied).rejects.toMatchObject({ code: "CAPABILITY_DENIED" });
    expect(kernel.ipc.deadLetters.counts()["late-reply"] ?? 0).toBe(before);
  });

  it("fails a receive whose condition throws, and not who sends to it", async () => {
    const failed = asAgent(async (agent) => {
      const receiving = agent.inbox.receive({
        where: () => {
          throw new Error("no condition");
        },
      });
      const sent = await subject.kernel.ipc.send(toPid(agent.pid), "x");
      return { status: sent.status, why: await receiving.catch((error: Error) => error.message) };
    });
    expect(await failed).toEqual({ status: "delivered", why: "no condition" });
  });

  it("sends a letter again once, when two ask at the same time", async () => {
    const { kernel } = subject;
    const got: Payload[] = [];
    await kernel.ipc.send(toPid(987_654), "lost").catch(() => undefined);
    const letter = kernel.ipc.deadLetters.list({ pid: 987_654 })[0];
    const receiver = await kernel.process.spawn(
      defineAgent({
        name: "receiver",
        async run(agent) {
          for await (const message of agent.inbox) got.push(message.payload);
        },
      }),
    );
    const replay = () => kernel.ipc.deadLetters.replay(letter?.id ?? "", { to: receiver.pid });
    const results = await Promise.allSettled([replay(), replay()]);
    await turns();
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(got).toEqual(["lost"]);
  });

  it("leaves no listener behind on the signal of a stream that has ended", async () => {
    const { signal } = new AbortController();
    for (let index = 0; index < 20; index += 1) (await subject.kernel.ipc.stream("quiet.a", { signal })).end();
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});
