import { type MailboxEnd, type MailboxPolicy, type Pid, toPid } from "@weftos/interface";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { setUp } from "../../router-harness.ts";

const pids = [1, 2, 3, 4].map(toPid);
const pid = fc.constantFrom(...pids);
const command = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("send" as const), from: pid, to: pid }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("try" as const), from: pid, to: pid }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("publish" as const), from: pid, to: pid }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("broadcast" as const), from: pid, to: pid }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("take" as const), from: pid, to: pid }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("attach", "detach", "subscribe", "leave", "move"), from: pid, to: pid }),
  },
);

/** What of a router a message can be seen in. */
interface Model {
  /** Payload → how many copies of it must be somewhere. */
  readonly owed: Map<number, number>;
  readonly read: number[];
  readonly boxes: Map<Pid, MailboxEnd>;
  readonly policies: Map<Pid, MailboxPolicy>;
}

it("has every copy of every message in exactly one place, and each sender's messages in order", async () => {
  const policy = fc.constantFrom<MailboxPolicy>("reject", "wait", "drop-oldest");
  await fc.assert(
    fc.asyncProperty(
      fc.array(policy, { minLength: 4, maxLength: 4 }),
      fc.integer({ min: 1, max: 3 }),
      fc.array(command, { maxLength: 100 }),
      async (policies, limit, commands) => {
        const { router, states, buried } = setUp();
        for (const one of pids) states.set(one, "running");
        const model: Model = {
          owed: new Map(),
          read: [],
          boxes: new Map(),
          policies: new Map(pids.map((one, at) => [one, policies[at] ?? "reject"])),
        };
        for (const one of pids) {
          model.boxes.set(one, router.attach(one, { limit, policy: model.policies.get(one) }));
          await router.subscribe(one, "news");
        }
        const lastOf = new Map<string, number>();
        const pending: Promise<unknown>[] = [];
        let number = 0;
        const owe = (payload: number, copies: number): void => {
          model.owed.set(payload, (model.owed.get(payload) ?? 0) + copies);
        };
        for (const { do: what, from, to } of commands) {
          number += 1;
          const payload = number;
          if (what === "send") {
            // Refused ones are dead letters, and told as well.
            owe(payload, 1);
            pending.push(router.send(from, to, payload).catch(() => undefined));
          } else if (what === "try") {
            if (router.trySend(from, to, payload).status !== "refused") owe(payload, 1);
          } else if (what === "publish") {
            const counts = await router.publish(from, "news", payload);
            owe(payload, counts.delivered + counts.refused);
          } else if (what === "broadcast") {
            const counts = await router.broadcast(from, payload);
            owe(payload, counts.delivered + counts.refused);
            expect(counts.delivered + counts.refused).toBe(
              [...model.boxes.keys()].filter((one) => one !== from).length,
            );
          } else if (what === "take") {
            const message = model.boxes.get(to)?.take();
            if (message === undefined) continue;
            model.read.push(message.payload as number);
            const key = `${message.from} ${to}`;
            expect(message.payload).toBeGreaterThan(lastOf.get(key) ?? 0);
            lastOf.set(key, message.payload as number);
          } else if (what === "attach") {
            model.boxes.set(to, router.attach(to, { limit, policy: model.policies.get(to) }));
          } else if (what === "detach") {
            router.detach(to);
            model.boxes.delete(to);
          } else if (what === "subscribe") {
            if (model.boxes.has(to)) await router.subscribe(to, "news");
          } else if (what === "leave") router.unsubscribe(to, "news");
          else if (from !== to && model.boxes.has(from)) {
            model.boxes.set(to, router.move(from, to));
            model.boxes.delete(from);
            for (const one of pids) lastOf.delete(`${one} ${to}`);
          }
        }
        for (const one of pids) router.detach(one);
        await Promise.all(pending);
        const found = new Map<number, number>();
        for (const payload of [...model.read, ...buried.map((letter) => letter.payload as number)]) {
          found.set(payload, (found.get(payload) ?? 0) + 1);
        }
        const owed = [...model.owed].filter(([, copies]) => copies > 0);
        expect([...found].sort(([x], [y]) => x - y)).toEqual(owed);
      },
    ),
    { numRuns: 300 },
  );
});
