import { type ActionDeclaration, type RecordedFilter, toPid } from "@weftos/interface";
import { memoryPlatform } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { EffectLedger } from "../../../src/effect/effect-ledger.ts";
import { longestWindow, rebuildAccounts } from "../../../src/effect/rebuild-accounts.ts";
import { makePolicy, ZERO_EFFECT } from "../../../src/index.ts";
import { AuditDouble, createDouble, type KernelDouble } from "../../kernel-double.ts";
import { rule } from "../decision/subject-of-tests.ts";

const MINUTE = 60_000;
const limit = rule("SUM", { condition: { accumulated: { over: { risk: 1 }, windowMs: MINUTE } } });
const action = (name: string, more: Partial<ActionDeclaration> = {}): ActionDeclaration => ({
  name,
  description: name,
  effect: { ...ZERO_EFFECT, risk: 0.4 },
  audit: "logged",
  rights: [],
  role: "operator",
  accumulates: true,
  ...more,
});
const processes = [
  { pid: toPid(7), name: "tidy", capabilities: {} as never },
  { pid: toPid(8), name: "other", parent: toPid(7), capabilities: {} as never },
  { pid: toPid(9), name: "alone", capabilities: {} as never },
];

async function boot(
  audit: AuditDouble,
  before?: KernelDouble,
  policy = [limit],
  living = processes,
): Promise<KernelDouble> {
  const platform =
    before === undefined
      ? memoryPlatform()
      : memoryPlatform({ clock: before.platform.clock, files: before.platform.faults.crash() });
  audit.now = () => platform.clock.now();
  const kernel = createDouble({ init: { policies: [makePolicy(policy)] }, platform, audit, processes: living });
  for (const one of [
    action("demo.act"),
    action("demo.keep", { audit: "durable" }),
    action("demo.look", { audit: "digest" }),
  ])
    kernel.declarations.set(one.name, one);
  await kernel.start();
  return kernel;
}

const act = (kernel: KernelDouble, id: string, name = "demo.act") =>
  kernel.guard.perform({ action: name, subject: { kind: "process", id }, resource: "x", attributes: {} }, () => "done");
const refused = { code: "GOVERNANCE_DENIED", details: { rules: ["SUM"] } };

describe("what an agent did", () => {
  it.each(["demo.act", "demo.keep", "demo.look"])("counts after a crash of the kernel: %s", async (name) => {
    const audit = new AuditDouble();
    const first = await boot(audit);
    await act(first, "7", name);
    await act(first, "7", name);
    const second = await boot(audit, first);
    await expect(act(second, "7", name)).rejects.toMatchObject(refused);
    expect(await act(second, "9", name)).toBe("done");
    await second.platform.clock.advance(MINUTE + 1);
    expect(await act(second, "7", name)).toBe("done");
  });

  it("counts on a chain that continues a damaged one too, as far as this one says it", async () => {
    const audit = new AuditDouble();
    audit.continues = { chain: "00".repeat(16), size: 12, head: "00".repeat(32) };
    const first = await boot(audit);
    await act(first, "7");
    await act(first, "8");
    const second = await boot(audit, first);
    await expect(act(second, "7")).rejects.toMatchObject(refused);
  });

  it("counts on its account also when it is approved after the agent has gone", async () => {
    const asks = rule("ASK", { condition: { actions: ["demo.*"] }, outcome: { kind: "defer" } });
    const audit = new AuditDouble();
    const first = await boot(audit, undefined, [limit, asks]);
    const call = (id: string, resource: string) =>
      ({ action: "demo.act", subject: { kind: "process", id }, resource, attributes: {} }) as const;
    const calls = [call("7", "a"), call("8", "b"), call("7", "c"), call("9", "d")];
    for (const one of calls) {
      await expect(first.guard.perform(one, () => "done")).rejects.toMatchObject({ code: "APPROVAL_PENDING" });
    }
    const second = await boot(audit, first, [limit, asks], []);
    const alice = { principal: "alice", role: "approver" } as const;
    const outcomes: string[] = [];
    for (const [index, { id }] of second.approvals.list({ state: "pending" }).entries()) {
      await second.governance.approvals.approve(id, alice);
      const approved = { ...(calls[index] ?? call("0", "")), approval: id };
      outcomes.push(await second.guard.perform(approved, () => "done").catch(({ code }) => code));
    }
    // 7 and 8 are of one tree; 9 has an account of its own.
    expect(outcomes).toEqual(["done", "done", "GOVERNANCE_DENIED", "done"]);
    const accounts = audit.recorded.filter(({ kind }) => kind === "demo.act").map(({ payload }) => payload?.account);
    expect(accounts).toEqual(["agent:tidy", "agent:tidy", "agent:alone"]);
  });

  it.each(["logged", "digest", "durable"] as const)(
    "counts, once, where a program declares the action only after each boot: %s",
    async (audit) => {
      const chain = new AuditDouble();
      const late = action("late.act", { audit });
      const first = await boot(chain);
      first.declarations.set(late.name, late);
      await act(first, "7", late.name);
      const second = await boot(chain, first);
      second.declarations.set(late.name, late);
      // Booked once: two of three fit under the limit, and not one.
      expect(await act(second, "7", late.name)).toBe("done");
      await expect(act(second, "7", late.name)).rejects.toMatchObject(refused);
    },
  );

  it("counts for its children, and what they do for it, also after a restart", async () => {
    const audit = new AuditDouble();
    const first = await boot(audit);
    await act(first, "7");
    await act(first, "8");
    for (const id of ["7", "8"]) await expect(act(first, id)).rejects.toMatchObject(refused);
    const second = await boot(audit, first);
    for (const id of ["7", "8"]) await expect(act(second, id)).rejects.toMatchObject(refused);
  });

  it("counts no more where it left the window before the restart, nor what was refused", async () => {
    const audit = new AuditDouble();
    const first = await boot(audit);
    await act(first, "7");
    await first.platform.clock.advance(MINUTE / 2);
    await act(first, "7");
    await expect(act(first, "7")).rejects.toMatchObject(refused);
    await first.platform.clock.advance(MINUTE / 2 + 1);
    const second = await boot(audit, first);
    expect(await act(second, "7")).toBe("done");
    await expect(act(second, "7")).rejects.toMatchObject(refused);
  });

  it("leaves the window after a restart when it would have without one", async () => {
    const audit = new AuditDouble();
    const first = await boot(audit);
    await act(first, "7");
    await act(first, "7");
    await first.platform.clock.advance(MINUTE - 1000);
    const second = await boot(audit, first);
    await expect(act(second, "7")).rejects.toMatchObject(refused);
    await second.platform.clock.advance(1001);
    expect(await act(second, "7")).toBe("done");
  });

  it("keeps no kernel from starting that would take long to read: what is summed up is refused until it is", async () => {
    let go = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      go = resolve;
    });
    class SlowAudit extends AuditDouble {
      slow = false;
      override async *events(filter?: RecordedFilter) {
        if (this.slow && filter?.since !== undefined) await released;
        yield* super.events(filter);
      }
    }
    const audit = new SlowAudit();
    const first = await boot(audit);
    await act(first, "7");
    audit.slow = true;
    const { clock } = first.platform;
    let isStarted = false;
    const starting = boot(audit, first).finally(() => {
      isStarted = true;
    });
    while (!isStarted) await clock.advance(1000);
    const second = await starting;
    expect(second.reports.join()).toContain("still being read");
    const unknown = { code: "GOVERNANCE_DENIED", message: expect.stringContaining("SUM cannot be judged") as string };
    for (const id of ["7", "9"]) await expect(act(second, id)).rejects.toMatchObject(unknown);
    go();
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(await act(second, "7")).toBe("done");
    await expect(act(second, "7")).rejects.toMatchObject(refused);
    await second.stop();
  });

  it("names its account in the record, and leaves an event even where the action is declared for digests", async () => {
    const audit = new AuditDouble();
    const kernel = await boot(audit);
    await act(kernel, "8", "demo.look");
    expect(audit.recorded.at(-1)).toMatchObject({ kind: "demo.look", payload: { account: "agent:tidy" } });
  });

  it("names no account and is no event where no rule asks for what was accumulated", async () => {
    const audit = new AuditDouble();
    const kernel = await boot(audit, undefined, []);
    const before = audit.recorded.length;
    await act(kernel, "8", "demo.look");
    expect(audit.recorded.length).toBe(before);
    await act(kernel, "8", "demo.act");
    expect(audit.recorded.at(-1)?.payload).not.toHaveProperty("account");
  });
});

describe("rebuilding accounts", () => {
  const rebuild = async (rules: readonly ReturnType<typeof rule>[]) => {
    const audit = new AuditDouble();
    const read: unknown[] = [];
    const ledger = new EffectLedger();
    const booked = await rebuildAccounts({
      ledger,
      reader: {
        events(filter) {
          read.push([filter?.kind, filter?.since]);
          return audit.events(filter);
        },
      },
      rules: makePolicy(rules).rules,
      clock: { now: () => 100_000, monotonic: () => 5 },
      signal: new AbortController().signal,
    });
    return { read, booked };
  };

  it("reads nothing without a rule about it", async () => {
    expect(await rebuild([rule("R")])).toEqual({ read: [], booked: 0 });
    expect(await rebuild([{ ...limit, active: false }])).toEqual({ read: [], booked: 0 });
  });

  it("reads the longest window of the rules, of every kind", async () => {
    const longer = rule("L", { condition: { accumulated: { over: { risk: 1 }, windowMs: 90_000 } } });
    const { read } = await rebuild([limit, longer]);
    expect(read).toEqual([[undefined, 10_000]]);
    expect(longestWindow(makePolicy([limit, longer]).rules)).toBe(90_000);
  });
});
