import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import {
  type ActionDeclaration,
  type Approval,
  type ApprovalDraft,
  type AuditEvent,
  type AuditLevel,
  type Decision,
  type Defer,
  type Deny,
  type DigestRecord,
  type GuardedCall,
  type GuardPorts,
  guarded,
  guardedSync,
  type HeldRecord,
  type Permit,
  WeftError,
} from "../../../src/index.ts";

const TRACE = `${"ab".repeat(16)}-${"cd".repeat(8)}`;
const effect = { risk: 0.5, fairness: 0, privacy: 0, novelty: 0, security: 0 };
const permit: Permit = { verdict: "permit", reason: "fine", rules: [], policy: "p", warnings: [], cacheable: true };
const deny: Deny = {
  verdict: "deny",
  by: "rule",
  reason: "a rule forbids it",
  rules: [{ id: "GOV-001", branch: "judicial", outcome: "deny", severity: "blocking" }],
  policy: "p",
  suspend: false,
};
const defer: Defer = {
  ...deny,
  verdict: "defer",
  reason: "a person decides",
  to: "approver",
  quorum: 1,
  expiresMs: 60_000,
};

class DiskFullError extends WeftError {
  override readonly code = "CHAIN_NOT_WRITABLE";
}

class UsedError extends WeftError {
  override readonly code = "APPROVAL_USED";
}

class QueueFullError extends WeftError {
  override readonly code = "APPROVAL_QUEUE_FULL";
}

/** A kernel's ports that write down, in one list, all that happens and in which order. */
function setUp(level: AuditLevel) {
  const log: string[] = [];
  const events: AuditEvent[] = [];
  const digests: DigestRecord[] = [];
  const drafts: ApprovalDraft[] = [];
  const state = {
    declared: true,
    refusal: undefined as string | undefined,
    decision: permit as Decision,
    answer: "approved" as Approval["state"],
    grant: undefined as Approval | undefined,
    holds: true,
    writable: true,
    room: true,
    approvalFails: false,
    capabilityThrows: false,
    gateThrows: false,
    accumulates: false,
    terms: [] as unknown[],
  };
  const declaration: ActionDeclaration = {
    name: "door.open",
    description: "",
    effect,
    audit: level,
    rights: ["tool"],
    role: "operator",
  };
  const approval = (): Approval => ({
    id: "approval-1",
    state: state.answer,
    request: call.request,
    agent: undefined,
    display: "",
    reason: "",
    rules: [],
    digest: "",
    to: "approver",
    quorum: 1,
    stored: false,
    createdAt: 0,
    expiresAt: 60_000,
    answers: [{ principal: "ann", verdict: "approve", comment: "", at: 1 }],
  });
  const call = {
    request: {
      action: "door.open",
      subject: { kind: "process", id: "7" } as const,
      resource: "front",
      attributes: { bytes: 12, weight: 0.5 },
    },
  };
  const ports: GuardPorts = {
    catalogue: {
      find: () => (state.declared ? { ...declaration, accumulates: state.accumulates } : undefined),
    },
    capabilities: {
      check() {
        log.push("capability");
        if (state.capabilityThrows) throw new Error("broken");
        return state.refusal;
      },
      snapshot: () => "rights of 7",
      checkSnapshot(snapshot) {
        log.push(`capability of ${String(snapshot)}`);
        return state.refusal;
      },
    },
    decide() {
      log.push("gate");
      if (state.gateThrows) throw new Error("broken");
      return state.decision;
    },
    admitted: ({ action }) => {
      log.push(`admitted ${action}`);
      return () => void log.push(`taken back ${action}`);
    },
    warned: (_request, warnings) => void log.push(`warned ${warnings.join()}`),
    audit: {
      persistent: true,
      async ready() {
        if (!state.room) throw new DiskFullError("disk full", { details: {} });
      },
      append(event) {
        if (!state.writable) throw new DiskFullError("disk full", { details: {} });
        log.push(`append ${event.kind}`);
        events.push(event);
        const durable = Promise.resolve().then(() => {
          log.push(`durable ${event.kind}`);
        });
        return { sequence: events.length, hash: new Uint8Array(32), durable };
      },
      digest(record) {
        log.push(`digest ${record.outcome}`);
        digests.push(record);
      },
    },
    approvals: {
      async ask(draft) {
        log.push("ask");
        if (state.approvalFails) throw new QueueFullError("too many", { details: {} });
        drafts.push(draft);
        return { ...approval(), state: "pending" };
      },
      find: () => state.grant,
      list: () => [],
      answer: async () => approval(),
      revoke: async () => approval(),
      covering: (draft) => (draft.standing === undefined ? undefined : state.grant),
      holds(id, terms) {
        log.push(`holds ${id} for ${terms?.quorum}`);
        return state.holds;
      },
      async wait() {
        log.push("wait");
        return approval();
      },
      awaited: () => false,
      async giveUp(id, _draft, refused) {
        log.push(`give up ${id}: ${refused}`);
      },
      async redeem(_id, draft, terms) {
        log.push("redeem");
        state.terms.push(terms);
        if (state.approvalFails) throw new QueueFullError("used before", { details: {} });
        drafts.push(draft);
        return approval();
      },
      stored: async () => undefined,
    },
    clock: { now: () => 42 },
    count: (verdict) => log.push(`count ${verdict}`),
    recordRefusal: (event, key) => {
      log.push(`refusal ${key.replaceAll("\0", " ")}`);
      events.push(event);
    },
  };
  const run = (): string => {
    log.push("run");
    return "opened";
  };
  return { approval, ports, log, events, digests, drafts, state, request: call.request as GuardedCall<string>, run };
}

let kernel: ReturnType<typeof setUp>;
beforeEach(() => {
  kernel = setUp("durable");
});

describe("an action that accumulates", () => {
  beforeEach(() => {
    kernel.state.accumulates = true;
  });

  it("is booked in the step that decides it, so that calls made together are not all decided before the first counts", async () => {
    const both = [1, 2].map(() => guarded(kernel.ports, kernel.request, kernel.run));
    expect(kernel.log.filter((entry) => /gate|admitted/.test(entry))).toEqual([
      "gate",
      "admitted door.open",
      "gate",
      "admitted door.open",
    ]);
    await Promise.all(both);
  });

  it("is booked once when a person approved it, and not while it waits for one", async () => {
    kernel.state.decision = defer;
    await expect(guarded(kernel.ports, kernel.request, kernel.run)).rejects.toMatchObject({ code: "APPROVAL_PENDING" });
    expect(kernel.log).not.toContain("admitted door.open");
    kernel.state.answer = "approved";
    await guarded(kernel.ports, { ...kernel.request, approval: "approval-1" }, kernel.run);
    expect(kernel.log.filter((entry) => entry === "admitted door.open")).toHaveLength(1);
    expect(kernel.log).not.toContain("taken back door.open");
    expect(kernel.state.terms).toEqual([defer]);
  });

  it("is booked in the step that decides it under approvals and standing grants too", async () => {
    kernel.state.decision = defer;
    kernel.state.grant = kernel.approval();
    const standing = { kind: "cron-job", name: "nightly", document: {} } as const;
    const calls = [{ approval: "approval-1" }, { approval: "approval-2" }, { standing }, { standing }];
    const all = calls.map((more) => guarded(kernel.ports, { ...kernel.request, ...more }, kernel.run));
    const steps = calls.flatMap(() => ["gate", "admitted door.open"]);
    expect(kernel.log.filter((entry) => /gate|admitted/.test(entry))).toEqual(steps);
    await Promise.all(all);
  });

  it.each([
    ["where rules ask for an approval", defer],
    ["where they no longer do", permit],
  ])("is taken back when its approval does not hold, %s", async (_where, decision) => {
    kernel.state.decision = decision;
    kernel.state.approvalFails = true;
    const call = guarded(kernel.ports, { ...kernel.request, approval: "approval-1" }, kernel.run);
    await expect(call).rejects.toMatchObject({ code: "APPROVAL_QUEUE_FULL" });
    expect(kernel.log.filter((entry) => /admitted|taken/.test(entry))).toEqual([
      "admitted door.open",
      "taken back door.open",
    ]);
    expect(kernel.log).not.toContain("run");
  });

  it("is taken back when the log has no room before its approval is used up", async () => {
    kernel.state.decision = defer;
    kernel.state.room = false;
    const call = guarded(kernel.ports, { ...kernel.request, approval: "approval-1" }, kernel.run);
    await expect(call).rejects.toMatchObject({ code: "CHAIN_NOT_WRITABLE" });
    expect(kernel.log).toContain("taken back door.open");
    expect(kernel.log).not.toContain("redeem");
  });
});

describe("a durable action", () => {
  it("goes capability, gate, intent on disk, run, outcome on disk, in this order", async () => {
    expect(await guarded(kernel.ports, kernel.request, kernel.run)).toBe("opened");
    expect(kernel.log).toEqual([
      "capability",
      "gate",
      "count permit",
      "append action.intent",
      "durable action.intent",
      "run",
      "append door.open",
      "durable door.open",
    ]);
  });

  it("records who, what, effect, verdict and rules with the intent, and refers to it in the outcome", async () => {
    const call = { ...kernel.request, actor: { agent: "porter" }, trace: TRACE, summary: () => ({ wide: true }) };
    await guarded(kernel.ports, call, kernel.run);
    expect(kernel.events).toEqual([
      {
        source: "door",
        kind: "action.intent",
        actor: { pid: 7, agent: "porter" },
        trace: TRACE,
        payload: {
          action: "door.open",
          subject: "process:7",
          resource: "front",
          attributes: { bytes: 12, weight: "0.5" },
          fractions: ["weight"],
          effect: { risk: "0.5", fairness: 0, privacy: 0, novelty: 0, security: 0 },
          verdict: "permit",
          rules: [],
          policy: "p",
          reason: "fine",
        },
      },
      {
        source: "door",
        kind: "door.open",
        actor: { pid: 7, agent: "porter" },
        trace: TRACE,
        payload: { intent: 1, action: "door.open", outcome: "ok", result: { wide: true } },
      },
    ]);
  });

  it("records a failure by its code and rejects with what the run threw", async () => {
    const failure = new DiskFullError("inside", { details: {} });
    await expect(
      guarded(kernel.ports, kernel.request, () => {
        throw failure;
      }),
    ).rejects.toBe(failure);
    expect(kernel.events[1]?.payload).toMatchObject({ intent: 1, outcome: "failed", error: "CHAIN_NOT_WRITABLE" });
  });

  it("does not run when its intent cannot be written", async () => {
    kernel.state.writable = false;
    await expect(guarded(kernel.ports, kernel.request, kernel.run)).rejects.toMatchObject({
      code: "CHAIN_NOT_WRITABLE",
    });
    expect(kernel.log).not.toContain("run");
  });

  it("does not begin when its signal has aborted", async () => {
    const call = { ...kernel.request, signal: AbortSignal.abort(new Error("gone")) };
    await expect(guarded(kernel.ports, call, kernel.run)).rejects.toThrow("gone");
    expect(kernel.log).toEqual([]);
  });
});

describe("other levels", () => {
  it("logged: one event, after the run", async () => {
    kernel = setUp("logged");
    await guarded(kernel.ports, kernel.request, kernel.run);
    expect(kernel.log.slice(0, 5)).toEqual(["capability", "gate", "count permit", "run", "append door.open"]);
    expect(kernel.events[0]?.payload).toMatchObject({ verdict: "permit", outcome: "ok", resource: "front" });
  });

  it("digest: one small record, after the run", async () => {
    kernel = setUp("digest");
    await guarded(kernel.ports, kernel.request, kernel.run);
    expect(kernel.events).toEqual([]);
    expect(kernel.digests).toEqual([
      { action: "door.open", actor: 7, target: "front", bytes: 12, outcome: "ok", time: 42 },
    ]);
  });

  it.each(["logged", "digest", "durable"] as const)("%s: nothing runs while nothing can be recorded", async (level) => {
    kernel = setUp(level);
    kernel.state.room = false;
    await expect(guarded(kernel.ports, kernel.request, kernel.run)).rejects.toMatchObject({
      code: "CHAIN_NOT_WRITABLE",
    });
    expect(kernel.log).not.toContain("run");
  });

  it("none: nothing", async () => {
    kernel = setUp("none");
    await guarded(kernel.ports, kernel.request, kernel.run);
    expect([kernel.events, kernel.digests]).toEqual([[], []]);
  });

  it("an environment raises a level and never lowers it", async () => {
    kernel = setUp("digest");
    kernel.state.decision = { ...permit, audit: "durable" };
    await guarded(kernel.ports, kernel.request, kernel.run);
    expect(kernel.events.map((event) => event.kind)).toEqual(["action.intent", "door.open"]);
    kernel = setUp("durable");
    kernel.state.decision = { ...permit, audit: "none" };
    await guarded(kernel.ports, kernel.request, kernel.run);
    expect(kernel.events.map((event) => event.kind)).toEqual(["action.intent", "door.open"]);
  });
});

describe("a refusal", () => {
  const cases: [string, (state: ReturnType<typeof setUp>["state"]) => void, string, string][] = [
    ["an action nobody declared", (state) => Object.assign(state, { declared: false }), "GOVERNANCE_DENIED", "default"],
    ["a missing right", (state) => Object.assign(state, { refusal: "no right" }), "CAPABILITY_DENIED", "capability"],
    [
      "a capability check that throws",
      (state) => Object.assign(state, { capabilityThrows: true }),
      "CAPABILITY_DENIED",
      "capability",
    ],
    ["a rule", (state) => Object.assign(state, { decision: deny }), "GOVERNANCE_DENIED", "rule"],
    ["a gate that throws", (state) => Object.assign(state, { gateThrows: true }), "GOVERNANCE_DENIED", "default"],
  ];

  it.each(cases)("by %s never runs and is recorded", async (_name, change, code, by) => {
    change(kernel.state);
    await expect(guarded(kernel.ports, kernel.request, kernel.run)).rejects.toMatchObject({ code });
    expect(kernel.log).not.toContain("run");
    expect(kernel.log).toContain("count deny");
    expect(kernel.events).toMatchObject([{ kind: "governance.deny", payload: { verdict: "deny", by } }]);
  });

  it.each(cases)("by %s holds for the synchronous way as well", (_name, change, code, by) => {
    kernel = setUp("digest");
    change(kernel.state);
    const call = { ...kernel.request, actorPid: 7, target: 8, bytes: 1 };
    expect(() => guardedSync(kernel.ports, call, kernel.run)).toThrow(expect.objectContaining({ code }));
    expect(kernel.log).not.toContain("run");
    expect(kernel.events).toMatchObject([{ kind: "governance.deny", payload: { by } }]);
  });

  it("of names that nobody declared counts as one for each subject, however many names there are", async () => {
    kernel.state.declared = false;
    for (const action of ["a.b", "c.d"]) {
      await guarded(kernel.ports, { ...kernel.request, action }, kernel.run).catch(() => undefined);
    }
    const keys = kernel.log.filter((entry) => entry.startsWith("refusal"));
    expect(new Set(keys).size).toBe(1);
  });

  it("names the rules to the caller", async () => {
    kernel.state.decision = deny;
    await expect(guarded(kernel.ports, kernel.request, kernel.run)).rejects.toMatchObject({
      details: { action: "door.open", resource: "front", subject: "process:7", rules: ["GOV-001"], by: "rule" },
    });
  });

  it("of everything but a clean permit holds for any mix of faults", async () => {
    const faults = fc.record({
      declared: fc.boolean(),
      refusal: fc.option(fc.string(), { nil: undefined }),
      capabilityThrows: fc.boolean(),
      gateThrows: fc.boolean(),
      decision: fc.constantFrom<Decision>(permit, deny, defer),
      writable: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(faults, async (state) => {
        const one = setUp("durable");
        Object.assign(one.state, state);
        const clean =
          state.declared &&
          state.refusal === undefined &&
          !state.capabilityThrows &&
          !state.gateThrows &&
          state.decision === permit &&
          state.writable;
        await guarded(one.ports, one.request, one.run).catch(() => undefined);
        expect(one.log.includes("run")).toBe(clean);
      }),
    );
  });
});

describe("a deferred action", () => {
  beforeEach(() => {
    kernel.state.decision = defer;
  });

  it("never runs; it leaves a question, a record and the question's id", async () => {
    const call = { ...kernel.request, display: "Open the front door", storedInput: { door: 1 } };
    await expect(guarded(kernel.ports, call, kernel.run)).rejects.toMatchObject({
      code: "APPROVAL_PENDING",
      retryable: true,
      details: { approval: "approval-1" },
    });
    expect(kernel.log).not.toContain("run");
    expect(kernel.drafts[0]).toMatchObject({
      display: "Open the front door",
      input: { door: 1 },
      rights: "rights of 7",
    });
    expect(kernel.events).toMatchObject([
      { kind: "governance.defer", payload: { approval: "approval-1", expiresAt: 60_000 } },
    ]);
  });

  it("runs when it is called again with its approval, used up before the run", async () => {
    await guarded(kernel.ports, { ...kernel.request, approval: "approval-1" }, kernel.run);
    expect(kernel.log.indexOf("redeem")).toBeLessThan(kernel.log.indexOf("run"));
    expect(kernel.events[0]?.payload).toMatchObject({ approval: "approval-1", reason: "approved by ann" });
  });

  it("waits when it is told to, and is asked about again before it runs", async () => {
    await guarded(kernel.ports, { ...kernel.request, onDefer: "wait" }, kernel.run);
    expect(kernel.log.filter((entry) => ["gate", "wait", "redeem", "run"].includes(entry))).toEqual([
      "gate",
      "wait",
      "gate",
      "redeem",
      "run",
    ]);
  });

  it.each([
    ["denied", "APPROVAL_DENIED"],
    ["expired", "APPROVAL_EXPIRED"],
  ] as const)("rejects a caller that waited when it is %s", async (answer, code) => {
    kernel.state.answer = answer;
    await expect(guarded(kernel.ports, { ...kernel.request, onDefer: "wait" }, kernel.run)).rejects.toMatchObject({
      code,
    });
    expect(kernel.log).not.toContain("run");
  });

  it("ends the approval of what is refused when it is tried: it does not run later", async () => {
    kernel.state.decision = { ...defer, verdict: "deny", by: "rule", suspend: false } as never;
    const cited = { ...kernel.request, approval: "a-1" };
    await expect(guarded(kernel.ports, cited, kernel.run)).rejects.toMatchObject({ code: "GOVERNANCE_DENIED" });
    expect(kernel.log).toContain("give up a-1: GOVERNANCE_DENIED");
    kernel.ports.approvals.giveUp = () => Promise.reject(new Error("disk full"));
    await expect(guarded(kernel.ports, cited, kernel.run)).rejects.toMatchObject({ code: "GOVERNANCE_DENIED" });
    expect(kernel.log).not.toContain("run");
  });

  it("is refused, not asked, on the synchronous way", () => {
    kernel = setUp("digest");
    kernel.state.decision = defer;
    const call = { ...kernel.request, actorPid: 7, target: 8, bytes: 1 };
    expect(() => guardedSync(kernel.ports, call, kernel.run)).toThrow(
      expect.objectContaining({ code: "GOVERNANCE_DENIED" }),
    );
    expect(kernel.log).not.toContain("ask");
  });

  it("runs at once for the kernel itself, and the record says that a rule would have asked", async () => {
    await guarded(kernel.ports, { ...kernel.request, subject: { kind: "kernel", id: "0" } }, kernel.run);
    expect(kernel.log).toContain("run");
    expect(kernel.events[0]?.payload.warnings).toEqual(["not deferred for the kernel itself: a person decides"]);
  });
});

describe("an approval that does not come about", () => {
  beforeEach(() => {
    kernel.state.decision = defer;
    kernel.state.approvalFails = true;
  });

  it.each([
    ["a question that cannot be put", {}, "ask"],
    ["an approval that does not hold", { approval: "approval-1" }, "redeem"],
  ])("%s is a refusal: told, counted and recorded", async (_name, more, step) => {
    await expect(guarded(kernel.ports, { ...kernel.request, ...more }, kernel.run)).rejects.toMatchObject({
      code: "APPROVAL_QUEUE_FULL",
    });
    expect(kernel.log).toEqual([
      "capability",
      "gate",
      step,
      "count deny",
      expect.stringMatching(/^refusal process 7 door\.open approval .*APPROVAL_QUEUE_FULL$/),
    ]);
    expect(kernel.events).toMatchObject([
      { kind: "governance.deny", payload: { verdict: "deny", by: "approval", resource: "front" } },
    ]);
  });

  it("because another call used it first is a question anew for who named none, and no refusal", async () => {
    kernel.state.approvalFails = false;
    const found = kernel.approval();
    const ports: GuardPorts = {
      ...kernel.ports,
      approvals: {
        ...kernel.ports.approvals,
        covering: () => found,
        redeem: () => Promise.reject(new UsedError("used before", { details: {} })),
      },
    };
    await expect(guarded(ports, kernel.request, kernel.run)).rejects.toMatchObject({ code: "APPROVAL_PENDING" });
    expect(kernel.log).toContain("ask");
    expect(kernel.log).not.toContain("count deny");
    const named = guarded(ports, { ...kernel.request, approval: "approval-1" }, kernel.run);
    await expect(named).rejects.toMatchObject({ code: "APPROVAL_USED" });
    expect(kernel.log).toContain("count deny");
    expect(kernel.log).not.toContain("run");
  });

  it("is not used up while the log cannot be written", async () => {
    kernel.state.room = false;
    await expect(
      guarded(kernel.ports, { ...kernel.request, approval: "approval-1" }, kernel.run),
    ).rejects.toMatchObject({ code: "CHAIN_NOT_WRITABLE" });
    expect(kernel.log).toEqual(["capability", "gate"]);
  });
});

describe("what a caller says", () => {
  const half = "\ud800";

  it("never keeps an act out of the record: text is made well-formed, and cut where it is too long", async () => {
    kernel = setUp("logged");
    const long = Object.fromEntries(Array.from({ length: 64 }, (_, at) => [`k${at}`, "語".repeat(4096)]));
    const call: GuardedCall<string> = {
      ...kernel.request,
      resource: `a${half}b`,
      attributes: { [`key${half}`]: half, ...long },
      actor: { agent: `x${half}` },
      trace: "no trace",
    };
    await guarded(kernel.ports, call, kernel.run);
    const [event] = kernel.events;
    const text = JSON.stringify(event);
    expect(text.isWellFormed()).toBe(true);
    expect(text).not.toContain("\\ud800");
    expect(new TextEncoder().encode(text).length).toBeLessThan(262_144);
    expect(event).toMatchObject({ actor: { pid: 7, agent: "x\ufffd" }, payload: { resource: "a\ufffdb" } });
    expect(event?.trace).toBeUndefined();
    expect(event?.payload.attributes).toMatchObject({ "key\ufffd": "\ufffd", k0: "語".repeat(4096) });
  });

  it("is recorded of a refusal as well, also where the subject is no process that can be", async () => {
    kernel.state.refusal = "no such process";
    const call = { ...kernel.request, subject: { kind: "process", id: `x${half}` } as const, resource: half };
    await expect(guarded(kernel.ports, call, kernel.run)).rejects.toMatchObject({ code: "CAPABILITY_DENIED" });
    expect(kernel.events).toMatchObject([{ actor: {}, payload: { subject: "process:x\ufffd", resource: "\ufffd" } }]);
  });
});

describe("the summary of an outcome", () => {
  it("that throws leaves a record all the same, and the caller gets its result", async () => {
    const summary = () => {
      throw new Error("with a secret in it");
    };
    expect(await guarded(kernel.ports, { ...kernel.request, summary }, kernel.run)).toBe("opened");
    expect(kernel.events[1]?.payload).toEqual({
      intent: 1,
      action: "door.open",
      outcome: "ok",
      summaryFailed: "UNKNOWN",
    });
  });

  it("is written in the form that a log takes", async () => {
    const summary = () => ({ share: 0.25, text: "\udc00", deep: [1, { at: undefined }] }) as never;
    await guarded(kernel.ports, { ...kernel.request, summary }, kernel.run);
    expect(kernel.events[1]?.payload.result).toEqual({ share: "0.25", text: "\ufffd", deep: [1, {}] });
  });
});

describe("an approval that is no longer needed", () => {
  it("is used up all the same, so that it cannot run a second time", async () => {
    await guarded(kernel.ports, { ...kernel.request, approval: "approval-1" }, kernel.run);
    expect(kernel.log).toContain("redeem");
  });
});

describe("stored rights", () => {
  it("stand in for those of a process that is gone", async () => {
    await guarded(kernel.ports, { ...kernel.request, rights: "old rights" }, kernel.run);
    expect(kernel.log[0]).toBe("capability of old rights");
  });
});

describe("the synchronous way", () => {
  it("leaves one small record of success or failure", () => {
    kernel = setUp("digest");
    const call = { ...kernel.request, actorPid: 7, target: 8, bytes: 3 };
    expect(guardedSync(kernel.ports, call, kernel.run)).toBe("opened");
    expect(() =>
      guardedSync(kernel.ports, call, () => {
        throw new RangeError("no");
      }),
    ).toThrow("no");
    expect(kernel.digests).toEqual([
      { action: "door.open", actor: 7, target: 8, bytes: 3, outcome: "ok", time: 42 },
      { action: "door.open", actor: 7, target: 8, bytes: 3, outcome: "failed", time: 42 },
    ]);
  });

  it("takes the time of a caller that looked at the clock already", () => {
    kernel = setUp("digest");
    guardedSync(kernel.ports, { ...kernel.request, actorPid: 7, target: 8, bytes: 3, time: 41 }, kernel.run);
    expect(kernel.digests).toMatchObject([{ outcome: "ok", time: 41 }]);
  });

  it("gives the record to who knows later how far the act came, and writes a failed run at once", () => {
    kernel = setUp("digest");
    const held: HeldRecord[] = [];
    const settles = { holdRecord: (record: HeldRecord) => void held.push(record) };
    const call = { ...kernel.request, actorPid: 7, target: 8, bytes: 3, time: 41, settles };
    guardedSync(kernel.ports, call, kernel.run);
    expect(kernel.digests).toEqual([]);
    held[0]?.write("door.passed", "ok", 43);
    held[0]?.write("door.open", "failed");
    expect(() =>
      guardedSync(kernel.ports, call, () => {
        throw new RangeError("no");
      }),
    ).toThrow("no");
    expect(held).toHaveLength(1);
    expect(kernel.digests).toMatchObject([
      { action: "door.passed", actor: 7, target: 8, bytes: 3, outcome: "ok", time: 43 },
      { action: "door.open", outcome: "failed", time: 42 },
      { action: "door.open", outcome: "failed", time: 41 },
    ]);
  });

  it("leaves an event where the environment asks for more than a small record", () => {
    kernel = setUp("digest");
    kernel.state.decision = { ...permit, audit: "logged" };
    const call = { ...kernel.request, actorPid: 7, target: 8, bytes: 3 };
    guardedSync(kernel.ports, call, kernel.run);
    expect(kernel.digests).toEqual([]);
    expect(kernel.events).toMatchObject([{ kind: "door.open", payload: { verdict: "permit", outcome: "ok" } }]);
  });

  it("leaves an event with the name of a principal, which a small record could not hold", () => {
    kernel = setUp("digest");
    const call = {
      ...kernel.request,
      subject: { kind: "principal", id: "ann" } as const,
      actorPid: 0,
      target: 8,
      bytes: 3,
    };
    guardedSync(kernel.ports, call, kernel.run);
    expect(kernel.digests).toEqual([]);
    expect(kernel.events).toMatchObject([{ kind: "door.open", actor: { principal: "ann" } }]);
  });

  it("refuses an action that is declared for the log or the disk", () => {
    for (const level of ["logged", "durable"] as const) {
      kernel = setUp(level);
      const call = { ...kernel.request, actorPid: 7, target: 8, bytes: 3 };
      expect(() => guardedSync(kernel.ports, call, kernel.run)).toThrow(
        expect.objectContaining({ code: "GOVERNANCE_DENIED" }),
      );
    }
  });
});

describe("a call under a document that recurs", () => {
  const standing = { kind: "child-spec", name: "indexer", document: { module: "indexer.ts" } } as const;

  it("runs under the standing grant that covers it, and cites it", async () => {
    const kernel = setUp("logged");
    kernel.state.decision = defer;
    kernel.state.answer = "standing";
    kernel.state.grant = { ...kernel.approval(), standing: { kind: "child-spec", name: "indexer", digest: "00" } };
    const ran = await guarded(kernel.ports, { ...kernel.request, standing }, ({ approval }) => String(approval));
    expect(ran).toBe("approval-1");
    expect(kernel.log).not.toContain("ask");
    expect(kernel.events.at(-1)?.payload).toMatchObject({ approval: "approval-1", verdict: "permit" });
  });

  it("asks a person, who is shown the document, when no grant covers it", async () => {
    const kernel = setUp("logged");
    kernel.state.decision = defer;
    const refused = guarded(kernel.ports, { ...kernel.request, standing }, () => "ran");
    await expect(refused).rejects.toMatchObject({ code: "APPROVAL_PENDING" });
    expect(kernel.drafts[0]).toMatchObject({ standing });
    expect(kernel.drafts[0]?.display).toContain('"module": "indexer.ts"');
  });

  it("is not asked about where no rule defers", async () => {
    const kernel = setUp("logged");
    kernel.state.grant = kernel.approval();
    await guarded(kernel.ports, { ...kernel.request, standing }, () => "ran");
    expect(kernel.log).not.toContain("redeem");
  });
});

describe("a call about which nobody can be asked", () => {
  it("is refused where a person must be asked, whatever was granted, and runs where none must", async () => {
    const kernel = setUp("logged");
    const call = { ...kernel.request, unaskable: "it is secret", approval: "approval-1" };
    kernel.state.decision = defer;
    await expect(guarded(kernel.ports, call, kernel.run)).rejects.toMatchObject({
      code: "GOVERNANCE_DENIED",
      message: expect.stringContaining("nobody can be asked: it is secret"),
    });
    expect(kernel.log).not.toContain("ask");
    expect(kernel.log).not.toContain("redeem");
    kernel.state.decision = permit;
    await guarded(kernel.ports, { ...call, approval: undefined }, kernel.run);
    expect(kernel.log).toContain("run");
  });
});

describe("what the kernel goes on with under an approval", () => {
  const kernelSubject = { kind: "kernel", id: "0" } as const;

  it("cites it, also when the approval is forgotten by now", async () => {
    for (const state of ["used", "standing", undefined] as const) {
      const kernel = setUp("logged");
      kernel.state.answer = state ?? "used";
      if (state !== undefined) kernel.state.grant = kernel.approval();
      await guarded(kernel.ports, { ...kernel.request, subject: kernelSubject, under: "approval-1" }, () => "ran");
      expect(kernel.events.at(-1)?.payload).toMatchObject({ approval: "approval-1", outcome: "ok" });
    }
  });

  it("is asked about with what the rules of now want", async () => {
    const kernel = setUp("logged");
    kernel.state.decision = { ...defer, quorum: 2 };
    await guarded(kernel.ports, { ...kernel.request, subject: kernelSubject, under: "approval-1" }, () => "ran");
    expect(kernel.log).toContain("holds approval-1 for 2");
  });

  it("ends when the approval holds no more, and is nobody else's to name", async () => {
    for (const [state, subject, holds, why] of [
      ["revoked", kernelSubject, false, "approval approval-1 is revoked"],
      ["denied", kernelSubject, false, "approval approval-1 is denied"],
      ["standing", kernelSubject, false, "approval approval-1 has too few answers that count now"],
      [undefined, kernelSubject, false, "approval approval-1 is revoked"],
      ["standing", { kind: "process", id: "7" }, true, "only the kernel itself goes on under an approval"],
    ] as const) {
      const kernel = setUp("logged");
      kernel.state.answer = state ?? "used";
      kernel.state.holds = holds;
      if (state !== undefined) kernel.state.grant = kernel.approval();
      const refused = guarded(kernel.ports, { ...kernel.request, subject, under: "approval-1" }, () => "ran");
      await expect(refused).rejects.toMatchObject({
        code: "APPROVAL_DENIED",
        message: expect.stringContaining(why),
        details: { approval: "approval-1" },
      });
      expect(kernel.events.at(-1)?.payload).toMatchObject({ by: "approval", verdict: "deny" });
    }
  });
});

describe("what rules want known", () => {
  const warnings = ["A: mind this"];

  it.each(["durable", "logged", "digest", "none"] as const)(
    "reaches the caller before a run of level %s",
    async (audit) => {
      const kernel = setUp(audit);
      kernel.state.decision = { ...permit, warnings };
      const told = (given: readonly string[]): void => void kernel.log.push(`told ${given.join()}`);
      await guarded(kernel.ports, { ...kernel.request, onWarnings: told }, kernel.run);
      expect(kernel.log).toContain("warned A: mind this");
      expect(kernel.log.indexOf("told A: mind this")).toBe(kernel.log.indexOf("run") - 1);
    },
  );

  it("reaches the caller of an act that a person approved", async () => {
    const kernel = setUp("logged");
    kernel.state.decision = { ...defer, warnings };
    kernel.state.grant = kernel.approval();
    const told: string[] = [];
    const call = {
      ...kernel.request,
      approval: "approval-1",
      onWarnings: (given: readonly string[]) => told.push(...given),
    };
    await guarded(kernel.ports, call, kernel.run);
    expect(told).toEqual(warnings);
    expect(kernel.events.at(-1)?.payload).toMatchObject({ verdict: "permit", warnings });
  });

  it("is told of small acts too, and nothing where no rule warns", async () => {
    const kernel = setUp("digest");
    kernel.state.decision = { ...permit, warnings };
    guardedSync(kernel.ports, { ...kernel.request, actorPid: 7, target: 8, bytes: 1 }, kernel.run);
    expect(kernel.log).toContain("warned A: mind this");
    const quiet = setUp("logged");
    const unasked = (): never => {
      throw new Error("no rule warns");
    };
    expect(await guarded(quiet.ports, { ...quiet.request, onWarnings: unasked }, () => "ran")).toBe("ran");
    expect(quiet.log.join()).not.toContain("warned");
  });

  it("fails the act, and is so recorded, when the caller cannot take it", async () => {
    const kernel = setUp("logged");
    kernel.state.decision = { ...permit, warnings };
    const broken = (): never => {
      throw new Error("broken");
    };
    await expect(guarded(kernel.ports, { ...kernel.request, onWarnings: broken }, kernel.run)).rejects.toThrow(
      "broken",
    );
    expect(kernel.log).not.toContain("run");
    expect(kernel.events.at(-1)?.payload).toMatchObject({ outcome: "failed" });
  });
});

describe("the record of a decision", () => {
  it("names the branch of each rule, and what the decision demands beside itself", async () => {
    const rules = [{ id: "A", branch: "judicial", outcome: "warn", severity: "warning" }] as const;
    const kernel = setUp("logged");
    kernel.state.decision = { ...permit, rules, audit: "logged", warnings: ["A: mind this"] };
    await guarded(kernel.ports, kernel.request, () => "ran");
    expect(kernel.events.at(-1)?.payload).toMatchObject({
      rules: ["A"],
      branches: ["judicial"],
      obligations: ["record:logged"],
      warnings: ["A: mind this"],
    });
    kernel.state.decision = { ...defer, approvers: ["ann", "bob"], quorum: 2, audit: "durable" };
    await guarded(kernel.ports, kernel.request, () => "ran").catch(() => undefined);
    expect(kernel.events.at(-1)?.payload).toMatchObject({
      obligations: ["approval:2:ann|bob", "within:60000", "record:durable"],
    });
    kernel.state.decision = { ...deny, suspend: true };
    await guarded(kernel.ports, kernel.request, () => "ran").catch(() => undefined);
    expect(kernel.events.at(-1)?.payload).toMatchObject({ verdict: "deny", obligations: ["suspend"] });
  });
});
