import { type Approval, type ApprovalDraft, type Defer, toPid } from "@weftos/interface";
import { allFiles, memoryPlatform, seededRandom } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { approvalDigest } from "../../../src/approval/approval-digest.ts";
import { ZERO_EFFECT } from "../../../src/index.ts";
import { AuditDouble, DIR, type KernelDouble, startDouble } from "../../kernel-double.ts";

const draft: ApprovalDraft = {
  request: {
    action: "net.post",
    subject: { kind: "process", id: "7" },
    resource: "http://127.0.0.1/",
    attributes: { bytes: 12 },
  },
  display: "send 12 bytes",
  input: { url: "http://127.0.0.1/", body: "the secret text" },
  rights: { network: true },
  agent: "assistant",
};
const defer: Defer = {
  verdict: "defer",
  reason: "a person is asked",
  rules: [],
  policy: "",
  to: "approver",
  quorum: 1,
  expiresMs: 60_000,
};
const alice = { principal: "alice", role: "approver", verdict: "approve" } as const;
const journal = `${DIR}/journal/approvals`;

async function granted(kernel: KernelDouble, change: Partial<ApprovalDraft> = {}): Promise<Approval> {
  const { id } = await kernel.approvals.ask({ ...draft, ...change }, defer);
  return await kernel.approvals.answer(id, alice);
}

/** The kernel after a power cut at this moment. */
function rebooted(kernel: KernelDouble, seed?: number): Promise<KernelDouble> {
  const files = kernel.platform.faults.crash(seed === undefined ? undefined : seededRandom(seed));
  // The chain ends at the crash, too.
  const audit = new AuditDouble();
  audit.recorded.push(...kernel.audit.recorded);
  return startDouble({ platform: memoryPlatform({ clock: kernel.platform.clock, files, seed: 77 }), audit });
}

describe("the digest of an approval", () => {
  it("differs with every part of request, effect, display and input, and not with the rights", () => {
    const { request } = draft;
    const variants: ApprovalDraft[] = [
      draft,
      { ...draft, display: "send" },
      { ...draft, input: undefined },
      { ...draft, input: null },
      { ...draft, input: { url: "http://127.0.0.1/" } },
      { ...draft, input: [0.5] },
      { ...draft, input: ["0.5"] },
      { ...draft, request: { ...request, action: "net.get" } },
      { ...draft, request: { ...request, resource: "http://127.0.0.2/" } },
      { ...draft, request: { ...request, subject: { kind: "principal", id: "7" } } },
      { ...draft, request: { ...request, subject: { kind: "process", id: "8" } } },
      { ...draft, request: { ...request, subject: { kind: "principal", id: "7", role: "operator" } } },
      { ...draft, request: { ...request, subject: { kind: "principal", id: "7", role: "admin" } } },
      { ...draft, effect: ZERO_EFFECT },
      { ...draft, effect: { ...ZERO_EFFECT, risk: 0.5 } },
      { ...draft, request: { ...request, attributes: {} } },
      { ...draft, request: { ...request, attributes: { bytes: "12" } } },
      { ...draft, request: { ...request, attributes: { bytes: 12.5 } } },
    ];
    expect(new Set(variants.map(approvalDigest)).size).toBe(variants.length);
    expect(approvalDigest({ ...draft, rights: null } as ApprovalDraft)).toBe(approvalDigest(draft));
  });

  it("does not depend on the order of keys", () => {
    const input = { body: "the secret text", url: "http://127.0.0.1/" };
    expect(approvalDigest({ ...draft, input })).toBe(approvalDigest(draft));
  });
});

describe("approvals on disk", () => {
  it("keep nothing readable, in a journal and with a key for the owner alone", async () => {
    const kernel = await startDouble();
    await granted(kernel);
    for (const [path, bytes] of await allFiles(kernel.platform.files, DIR)) {
      const text = new TextDecoder("latin1").decode(bytes);
      for (const secret of ["the secret text", "send 12 bytes", "assistant", "alice"])
        expect(text, path).not.toContain(secret);
    }
    expect((await kernel.platform.files.stat(`${DIR}/keys/seal`))?.mode).toBe(0o600);
    expect((await kernel.platform.files.stat(`${DIR}/keys/seal`))?.size).toBe(32);
    expect((await kernel.platform.files.stat(`${DIR}/keys`))?.mode).toBe(0o700);
  });

  it("survive a crash at every single step of asking, answering and using, and never run twice", async () => {
    const count = await stepsOf(async (kernel) => {
      const { id } = await granted(kernel);
      await kernel.approvals.redeem(id, draft);
    });
    expect(count).toBeGreaterThan(5);
    for (let crashAt = 1; crashAt <= count; crashAt++) {
      const kernel = await startDouble();
      const acknowledged = { state: "none", id: "" };
      let after: Promise<KernelDouble> | undefined;
      let step = 0;
      let atCrash = { ...acknowledged };
      kernel.platform.faults.watch(() => {
        if (++step !== crashAt) return;
        atCrash = { ...acknowledged };
        after = rebooted(kernel, crashAt);
      });
      acknowledged.id = (await kernel.approvals.ask(draft, defer)).id;
      acknowledged.state = "pending";
      await kernel.approvals.answer(acknowledged.id, alice);
      acknowledged.state = "approved";
      await kernel.approvals.redeem(acknowledged.id, draft);
      acknowledged.state = "used";
      const next = await after!;
      const order = ["none", "pending", "approved", "used"];
      const found = next.approvals.find(acknowledged.id)?.state ?? "none";
      // What was acknowledged is there; at most the step under way is there besides.
      expect(order.indexOf(found) - order.indexOf(atCrash.state)).toBeOneOf([0, 1]);
      if (found === "used")
        await expect(next.approvals.redeem(acknowledged.id, draft)).rejects.toMatchObject({ code: "APPROVAL_USED" });
    }
  });

  it("stay as they were when a write fails: nothing is granted that is not on disk", async () => {
    const kernel = await startDouble();
    const { id } = await kernel.approvals.ask(draft, defer);
    const isWrite = (step: { operation: string; path: string }): boolean =>
      step.operation === "write" && step.path === journal;
    kernel.platform.faults.failNext(isWrite, "ENOSPC");
    await expect(kernel.approvals.answer(id, alice)).rejects.toThrow("ENOSPC");
    expect(kernel.approvals.find(id)?.state).toBe("pending");
    await kernel.approvals.answer(id, alice);
    kernel.platform.faults.failNext(isWrite, "EIO");
    await expect(kernel.approvals.redeem(id, draft)).rejects.toThrow("EIO");
    expect((await rebooted(kernel)).approvals.find(id)?.state).toBe("approved");
    kernel.platform.faults.failNext(isWrite, "EIO");
    await expect(kernel.approvals.ask(draft, defer)).rejects.toThrow("EIO");
    expect(kernel.approvals.list()).toHaveLength(1);
  });

  it("expire while the kernel is off", async () => {
    const kernel = await startDouble();
    const { id } = await granted(kernel);
    await kernel.platform.clock.advance(60_000 - 1);
    expect((await rebooted(kernel)).approvals.find(id)?.state).toBe("approved");
    const off = kernel.platform.faults.crash();
    await kernel.platform.clock.advance(1);
    const next = await startDouble({
      platform: memoryPlatform({ clock: kernel.platform.clock, files: off }),
      audit: kernel.audit,
    });
    expect(next.approvals.find(id)?.state).toBe("expired");
    expect(await next.approvals.stored(id)).toBeUndefined();
    expect(next.audit.kinds().filter((kind) => kind === "approval.expire")).toHaveLength(1);
  });

  it("are rewritten when the journal holds much that is over", async () => {
    const kernel = await startDouble();
    const kept = await granted(kernel);
    for (let round = 0; round < 1200; round++) {
      const { id } = await granted(kernel, { input: undefined });
      await kernel.approvals.redeem(id, { ...draft, input: undefined });
    }
    // A thousand finished ones are remembered, the oldest are forgotten.
    expect(kernel.approvals.list({ state: "used" })).toHaveLength(1000);
    expect((await kernel.platform.files.stat(journal))!.size).toBeLessThan(3_000_000);
    const next = await rebooted(kernel);
    expect(next.approvals.list({ state: "used" })).toHaveLength(1000);
    expect(await next.approvals.stored(kept.id)).toMatchObject({ input: draft.input });
    expect(await next.approvals.redeem(kept.id, draft)).toMatchObject({ state: "used" });
  }, 60_000);

  it("go on when the journal cannot be rewritten", async () => {
    const kernel = await startDouble();
    for (let round = 0; round < 400; round++) {
      // The first record makes the file; from then on a rename is a rewriting.
      if (round === 1) {
        kernel.platform.faults.failNext((step) => step.operation === "rename" && step.path === journal, "EACCES");
      }
      const { id } = await granted(kernel, { input: undefined });
      await kernel.approvals.answer(id, alice).catch(() => undefined);
      await kernel.approvals.redeem(id, { ...draft, input: undefined });
    }
    expect((await rebooted(kernel)).approvals.list({ state: "used" })).toHaveLength(400);
  });
});

describe("a call that is repeated while its question is pending", () => {
  const again = { ...draft, repeats: true };

  it("asks nobody anew, and is a new question once the old one is over or about anything else", async () => {
    const kernel = await startDouble();
    const { id } = await kernel.approvals.ask(again, defer);
    for (let round = 0; round < 200; round++) expect((await kernel.approvals.ask(again, defer)).id).toBe(id);
    const { request } = draft;
    for (const other of [
      { ...again, display: "other" },
      { ...again, input: null },
      { ...again, agent: "another" },
      { ...again, request: { ...request, subject: { kind: "process", id: "8" } } },
    ] as const)
      expect((await kernel.approvals.ask(other, defer)).id).not.toBe(id);
    for (const terms of [{ quorum: 2 }, { to: "admin" }, { approvers: ["bob"] }] as const)
      expect((await kernel.approvals.ask(again, { ...defer, ...terms })).id).not.toBe(id);
    await kernel.approvals.answer(id, alice);
    expect((await kernel.approvals.ask(again, defer)).id).not.toBe(id);
  });

  it("is asked by itself when somebody waits for the answer", async () => {
    const kernel = await startDouble();
    const { id } = await kernel.approvals.ask(draft, defer);
    expect((await kernel.approvals.ask(draft, defer)).id).not.toBe(id);
    expect((await kernel.approvals.ask(again, defer)).id).not.toBe(id);
    await kernel.approvals.answer(id, { ...alice, verdict: "deny" });
    expect(kernel.approvals.list({ state: "pending" })).toHaveLength(2);
  });
});

describe("what the chain says has ended", () => {
  const cut = async (kernel: KernelDouble, bytes: Uint8Array): Promise<KernelDouble> => {
    await kernel.stop();
    await kernel.platform.files.writeAtomic(journal, bytes);
    return await startDouble({ platform: kernel.platform, audit: kernel.audit });
  };
  const payloadOf = (kernel: KernelDouble, kind: string) =>
    kernel.audit.recorded.filter((event) => event.kind === kind).map(({ payload }) => payload?.approval);

  it("has ended here, when the journal lost its last record: nothing runs twice", async () => {
    const kernel = await startDouble();
    const { id } = await granted(kernel);
    const { files } = kernel.platform;
    const before = await files.read(journal);
    await kernel.approvals.redeem(id, draft);
    expect(payloadOf(kernel, "approval.use")).toEqual([id]);
    const again = await cut(kernel, before);
    expect(again.approvals.find(id)).toMatchObject({ state: "used" });
    await expect(again.approvals.redeem(id, draft)).rejects.toMatchObject({ code: "APPROVAL_USED" });
    expect(again.warnings).toContain("an approval had ended in the chain and not in its journal");
    const third = await cut(again, await files.read(journal));
    expect(third.warnings).toEqual([]);
  });

  it("has ended here also on a chain that continues a damaged one", async () => {
    const audit = new AuditDouble();
    audit.continues = { chain: "00".repeat(16), size: 12, head: "00".repeat(32) };
    const kernel = await startDouble({ audit });
    const { id } = await granted(kernel);
    const before = await kernel.platform.files.read(journal);
    await kernel.approvals.redeem(id, draft);
    const again = await cut(kernel, before);
    expect(again.approvals.find(id)).toMatchObject({ state: "used" });
  });

  it("has ended here, when the journal lost the answer, too", async () => {
    const kernel = await startDouble();
    const { id } = await kernel.approvals.ask(draft, defer);
    const before = await kernel.platform.files.read(journal);
    await kernel.approvals.answer(id, alice);
    await kernel.approvals.redeem(id, draft);
    const again = await cut(kernel, before);
    expect(again.approvals.find(id)).toMatchObject({ state: "expired" });
    await expect(again.approvals.answer(id, alice)).rejects.toMatchObject({ code: "APPROVAL_EXPIRED" });
  });

  it("stays denied, and a grant that was taken back stays so", async () => {
    const kernel = await startDouble();
    const { id } = await kernel.approvals.ask(draft, defer);
    const standing = { kind: "manifest", name: "m", document: {} } as const;
    const other = await kernel.approvals.ask({ ...draft, standing }, defer);
    await kernel.governance.approvals.approve(other.id, { ...alice, standing: true });
    const before = await kernel.platform.files.read(journal);
    await kernel.governance.approvals.deny(id, alice);
    await kernel.governance.approvals.revoke(other.id, alice);
    const again = await cut(kernel, before);
    expect(again.approvals.find(id)).toMatchObject({ state: "denied" });
    expect(again.approvals.find(other.id)).toMatchObject({ state: "revoked" });
    expect(again.approvals.holds(other.id)).toBe(false);
    expect(again.approvals.covering({ ...draft, standing })).toBeUndefined();
    const third = await cut(again, new Uint8Array(0));
    expect([third.approvals.find(other.id), third.approvals.holds(other.id)]).toEqual([undefined, false]);
  });
});

describe("a clock that is set back", () => {
  it("lets nothing be used that had expired, in one kernel and over boots", async () => {
    const platform = memoryPlatform();
    const { clock } = platform;
    const now = clock.now.bind(clock);
    let shift = 0;
    clock.now = () => now() + shift;
    const kernel = await startDouble({ platform });
    const { id } = await granted(kernel);
    shift = 60_001;
    expect(kernel.approvals.find(id)).toMatchObject({ state: "expired" });
    shift = 0;
    expect(kernel.approvals.find(id)).toMatchObject({ state: "expired" });
    await expect(kernel.approvals.redeem(id, draft)).rejects.toMatchObject({ code: "APPROVAL_EXPIRED" });
    const other = await granted(kernel);
    expect(other.expiresAt).toBeGreaterThan(now() + 60_000);
    kernel.audit.now = () => other.expiresAt;
    kernel.audit.append({ source: "kernel", kind: "kernel.boot", actor: {}, payload: {} });
    await kernel.stop();
    const again = await startDouble({ platform, audit: kernel.audit });
    expect(again.approvals.find(other.id)).toMatchObject({ state: "expired" });
    const third = await granted(again);
    await clock.advance(59_999);
    expect(again.approvals.find(third.id)).toMatchObject({ state: "approved" });
    await clock.advance(1);
    expect(again.approvals.find(third.id)).toMatchObject({ state: "expired" });
  });
});

async function stepsOf(work: (kernel: KernelDouble) => Promise<void>): Promise<number> {
  const kernel = await startDouble();
  let steps = 0;
  kernel.platform.faults.watch(() => {
    steps++;
  });
  await work(kernel);
  kernel.platform.faults.watch(undefined);
  return steps;
}

describe("a journal that somebody changed", () => {
  const records = async (kernel: KernelDouble): Promise<Uint8Array[]> => {
    const log = await kernel.platform.openAppendLog(kernel.platform.files, journal);
    const all: Uint8Array[] = [];
    for await (const record of log.records()) all.push(record);
    await log.close();
    return all;
  };
  const withRecords = async (change: (all: Uint8Array[]) => Uint8Array[]): Promise<Promise<KernelDouble>> => {
    const kernel = await startDouble();
    await granted(kernel);
    await kernel.approvals.ask(draft, defer);
    await kernel.stop();
    const all = await records(kernel);
    expect(all.length).toBeGreaterThanOrEqual(3);
    const log = await kernel.platform.openAppendLog(kernel.platform.files, journal);
    await log.rewrite(change(all));
    await log.close();
    return await startDouble({ platform: kernel.platform, audit: kernel.audit });
  };

  it.each<[string, (all: Uint8Array[]) => Uint8Array[]]>([
    ["forged", (all) => [...all, new TextEncoder().encode('{"type":"answered"}')]],
    [
      "changed by one bit",
      (all) =>
        all.map((record, index) => (index === 1 ? record.map((byte, at) => (at === 40 ? byte ^ 1 : byte)) : record)),
    ],
    ["replayed", (all) => [...all, all[1]!]],
    ["swapped", (all) => [all[1]!, all[0]!, ...all.slice(2)]],
    ["left out in the middle", (all) => [all[0]!, ...all.slice(2)]],
  ])("stops the boot: a record %s", async (_what, change) => {
    await expect(withRecords(change)).rejects.toMatchObject({
      code: "APPROVAL_JOURNAL_BROKEN",
      details: { path: journal },
    });
  });

  it("stops the boot when the key is another", async () => {
    const kernel = await startDouble();
    await granted(kernel);
    await kernel.stop();
    await kernel.platform.files.remove(`${DIR}/journal/genesis`);
    await kernel.platform.files.writeAtomic(`${DIR}/keys/seal`, new Uint8Array(32));
    await expect(startDouble({ platform: kernel.platform, audit: new AuditDouble() })).rejects.toMatchObject({
      code: "APPROVAL_JOURNAL_BROKEN",
    });
  });
});

describe("the sealing key", () => {
  it("is made anew when a crash cut its making short, and refused when it is too long", async () => {
    const platform = memoryPlatform();
    await platform.files.makeFolder(`${DIR}/keys`);
    await platform.files.writeAtomic(`${DIR}/keys/seal`, new Uint8Array(5));
    await (await startDouble({ platform })).stop();
    expect((await platform.files.stat(`${DIR}/keys/seal`))?.size).toBe(32);
    await platform.files.writeAtomic(`${DIR}/keys/seal`, new Uint8Array(33));
    await expect(startDouble({ platform })).rejects.toMatchObject({ code: "GOVERNANCE_SEAL_KEY" });
  });

  it("may be made by another feature at the same moment", async () => {
    const platform = memoryPlatform();
    const other = new Uint8Array(32).fill(9);
    await platform.files.makeFolder(`${DIR}/keys`);
    let done = false;
    platform.faults.watch((step) => {
      if (done || step.operation !== "stat" || step.path !== `${DIR}/keys/seal`) return;
      done = true;
      void platform.files.createExclusive(`${DIR}/keys/seal`, other);
    });
    await startDouble({ platform });
    expect((await platform.files.read(`${DIR}/keys/seal`)).length).toBe(32);
  });

  it("that cannot be made stops the boot", async () => {
    const platform = memoryPlatform();
    platform.faults.failNext((step) => step.operation === "create" && step.path === `${DIR}/keys/seal`, "EACCES");
    await expect(startDouble({ platform })).rejects.toThrow("EACCES");
  });
});

describe("limits of approvals", () => {
  it("are as many open ones as configured, and a hundred of one asker", async () => {
    const kernel = await startDouble({ config: { maxOpenApprovals: 102 } });
    for (let round = 0; round < 100; round++) await kernel.approvals.ask(draft, defer);
    await expect(kernel.approvals.ask(draft, defer)).rejects.toMatchObject({
      code: "APPROVAL_QUEUE_FULL",
      retryable: true,
      details: { limit: 100 },
    });
    const other = { ...draft, request: { ...draft.request, subject: { kind: "process", id: "8" } as const } };
    await kernel.approvals.ask(other, defer);
    await kernel.approvals.ask(other, defer);
    await expect(kernel.approvals.ask(other, defer)).rejects.toMatchObject({ details: { limit: 102 } });
    await kernel.platform.clock.advance(60_000);
    expect((await kernel.approvals.ask(draft, defer)).state).toBe("pending");
  });

  it("are a hundred of one spawn tree, whichever of its processes asks, also after a restart", async () => {
    const capabilities = {} as never;
    const processes = [
      { pid: toPid(7), name: "root", capabilities },
      ...Array.from({ length: 10 }, (_, n) => ({ pid: toPid(20 + n), name: `c${n}`, parent: toPid(7), capabilities })),
    ];
    const kernel = await startDouble({ processes });
    const of = (id: string) => ({ ...draft, request: { ...draft.request, subject: { kind: "process", id } as const } });
    for (let round = 0; round < 100; round++) await kernel.approvals.ask(of(String(20 + (round % 10))), defer);
    const full = { code: "APPROVAL_QUEUE_FULL", details: { what: "open approvals of one asker" } };
    for (const id of ["7", "25"]) await expect(kernel.approvals.ask(of(id), defer)).rejects.toMatchObject(full);
    expect((await kernel.approvals.ask(of("99"), defer)).state).toBe("pending");
    const files = kernel.platform.faults.crash();
    const platform = memoryPlatform({ clock: kernel.platform.clock, files });
    const again = await startDouble({ processes, platform, audit: kernel.audit });
    await expect(again.approvals.ask(of("7"), defer)).rejects.toMatchObject(full);
  });

  it("are 256 KiB a draft and 16 MiB in all", async () => {
    const kernel = await startDouble({ config: { maxOpenApprovals: 10_000 } });
    await expect(kernel.approvals.ask({ ...draft, input: "x".repeat(262_144) }, defer)).rejects.toMatchObject({
      code: "APPROVAL_TOO_LARGE",
    });
    const large = "x".repeat(260_000);
    const ask = (index: number): Promise<Approval> =>
      kernel.approvals.ask(
        { ...draft, input: large, request: { ...draft.request, subject: { kind: "process", id: String(index) } } },
        defer,
      );
    let refused: unknown;
    for (let index = 0; index < 100 && refused === undefined; index++)
      await ask(index).catch((error: unknown) => (refused = error));
    expect(refused).toMatchObject({ code: "APPROVAL_QUEUE_FULL", details: { what: "bytes in open approvals" } });
  }, 30_000);

  it("are a thousand who wait for one", async () => {
    const kernel = await startDouble();
    const { id } = await kernel.approvals.ask(draft, defer);
    const waits = Array.from({ length: 1000 }, () => kernel.approvals.wait(id));
    await expect(kernel.approvals.wait(id)).rejects.toMatchObject({ code: "APPROVAL_QUEUE_FULL" });
    await kernel.approvals.answer(id, alice);
    expect(new Set((await Promise.all(waits)).map((approval) => approval.state))).toEqual(new Set(["approved"]));
  });
});

describe("approvals in time", () => {
  it("expire exactly at their moment, wake who waits, and are recorded once", async () => {
    const kernel = await startDouble();
    const { id } = await kernel.approvals.ask(draft, defer);
    const waited = kernel.approvals.wait(id);
    await kernel.platform.clock.advance(59_999);
    expect(kernel.approvals.find(id)?.state).toBe("pending");
    await kernel.platform.clock.advance(1);
    expect(await waited).toMatchObject({ state: "expired" });
    expect(kernel.audit.recorded.filter((event) => event.kind === "approval.expire")).toMatchObject([
      { payload: { approval: id, action: "net.post", was: "pending" }, actor: { pid: 7, agent: "assistant" } },
    ]);
    expect(kernel.platform.clock.waiting).toBe(0);
  });

  it("expire by the wall clock, also when it is set", async () => {
    const kernel = await startDouble();
    const { id } = await kernel.approvals.ask(draft, { ...defer, expiresMs: 10 * 3_600_000 });
    kernel.platform.clock.setNow(kernel.platform.clock.now() + 10 * 3_600_000);
    expect(kernel.approvals.find(id)?.state).toBe("expired");
    await expect(kernel.approvals.answer(id, alice)).rejects.toMatchObject({ code: "APPROVAL_EXPIRED" });
  });

  it("expire even while neither journal nor audit log can be written", async () => {
    const kernel = await startDouble();
    const { id } = await kernel.approvals.ask(draft, defer);
    kernel.audit.failing = true;
    kernel.platform.faults.failNext((step) => step.operation === "write" && step.path === journal, "ENOSPC");
    await kernel.platform.clock.advance(60_000);
    expect(kernel.approvals.find(id)?.state).toBe("expired");
    expect(kernel.warnings).toHaveLength(2);
  });

  it("take a changed mind from approve to deny", async () => {
    const kernel = await startDouble();
    const { id } = await kernel.approvals.ask(draft, { ...defer, quorum: 2 });
    await kernel.approvals.answer(id, alice);
    expect(await kernel.approvals.answer(id, { ...alice, verdict: "deny" })).toMatchObject({
      state: "denied",
      answers: [{ principal: "alice", verdict: "deny" }],
    });
    expect(await kernel.approvals.stored(id)).toBeUndefined();
  });

  it.each([
    { ...alice, principal: "" },
    { ...alice, principal: "x".repeat(129) },
    { ...alice, role: "owner" as never },
  ])("take no answer from nobody: %o", async (nobody) => {
    const kernel = await startDouble();
    const { id } = await kernel.approvals.ask(draft, defer);
    await expect(kernel.approvals.answer(id, nobody)).rejects.toMatchObject({ code: "APPROVAL_ROLE" });
  });

  it("are closed before the start and after the stop, and tell those who wait", async () => {
    const kernel = await startDouble();
    const { id } = await kernel.approvals.ask(draft, defer);
    const waited = kernel.approvals.wait(id);
    const told = expect(waited).rejects.toMatchObject({ code: "APPROVAL_CLOSED" });
    await kernel.stop();
    await told;
    await expect(kernel.approvals.ask(draft, defer)).rejects.toMatchObject({ code: "APPROVAL_CLOSED" });
    await expect(kernel.approvals.wait(id)).rejects.toMatchObject({ code: "APPROVAL_CLOSED" });
    await expect(kernel.approvals.stored(id)).rejects.toMatchObject({ code: "APPROVAL_CLOSED" });
    await kernel.stop();
  });

  it("say what the action may do to the world, also after a restart", async () => {
    const kernel = await startDouble();
    const effect = { ...ZERO_EFFECT, privacy: 0.3, cost: 0.1 };
    const { id, ...asked } = await kernel.approvals.ask({ ...draft, effect }, defer);
    expect(asked.effect).toEqual(effect);
    const again = await rebooted(kernel);
    expect(again.approvals.find(id)?.effect).toEqual(effect);
    await again.approvals.answer(id, alice);
    await expect(again.approvals.redeem(id, { ...draft, effect: { ...effect, privacy: 0.4 } })).rejects.toMatchObject({
      code: "APPROVAL_CHANGED",
    });
    expect(await again.approvals.redeem(id, { ...draft, effect })).toMatchObject({ state: "used" });
  });

  it("are answered by a person whose name is the PID of who asked", async () => {
    const kernel = await startDouble();
    const { id } = await kernel.approvals.ask(draft, defer);
    expect((await kernel.approvals.answer(id, { ...alice, principal: "7" })).state).toBe("approved");
  });

  it("refuse to wait for a signal that has aborted", async () => {
    const kernel = await startDouble();
    const { id } = await kernel.approvals.ask(draft, defer);
    await expect(kernel.approvals.wait(id, { signal: AbortSignal.abort(new Error("gone")) })).rejects.toThrow("gone");
  });

  it("do not change with the draft that was handed over", async () => {
    const kernel = await startDouble();
    const attributes: Record<string, number> = { bytes: 12 };
    const input = { body: "a" };
    const mine = { ...draft, input, request: { ...draft.request, attributes } };
    const { id, digest } = await kernel.approvals.ask(mine, defer);
    input.body = "b";
    attributes.bytes = 13;
    expect(kernel.approvals.find(id)).toMatchObject({ digest, request: { attributes: { bytes: 12 } } });
    expect(await kernel.approvals.stored(id)).toMatchObject({ input: { body: "a" } });
  });
});
