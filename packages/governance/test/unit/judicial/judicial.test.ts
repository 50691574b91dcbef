import type { AuditEvent, JsonObject } from "@weftos/interface";
import { manualClock } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { reviewChain } from "../../../src/judicial/review-chain.ts";
import { AuditDouble, DIR, type KernelDouble, startDouble } from "../../kernel-double.ts";
import { admin, host, known } from "../../people.ts";
import { declare } from "../decision/subject-of-tests.ts";

const intent = (payload: JsonObject = {}): AuditEvent => ({
  source: "fs",
  kind: "action.intent",
  actor: { pid: 7 },
  payload: { action: "fs.remove", verdict: "permit", effect: { risk: "0.7", security: "0.3" }, ...payload },
});
const outcome = (payload: JsonObject): AuditEvent => ({
  source: "fs",
  kind: "fs.remove",
  actor: { pid: 7 },
  payload: { action: "fs.remove", outcome: "ok", ...payload },
});
const asked = (approval: string, expiresAt = 100): AuditEvent => ({
  source: "fs",
  kind: "governance.defer",
  actor: { pid: 7 },
  payload: { action: "fs.remove", approval, expiresAt },
});

const granted = (approval: string, state = "approved"): AuditEvent => ({
  source: "approval",
  kind: "approval.answer",
  actor: { principal: "ann" },
  payload: { outcome: "ok", result: { approval, state } },
});

async function findings(...events: readonly (AuditEvent | number)[]): Promise<readonly (readonly [string, number])[]> {
  const audit = new AuditDouble();
  let now = 0;
  audit.now = () => now;
  for (const event of events) {
    if (typeof event === "number") now = event;
    else audit.append(event);
  }
  const review = await reviewChain(audit, { list: () => [declare("fs.remove")] }, manualClock());
  return review.findings.map(({ kind, sequence }) => [kind, sequence] as const);
}

describe("a review of the chain", () => {
  it("accuses nothing that follows from what was redacted", async () => {
    const redacted = (event: AuditEvent): AuditEvent => ({ ...event, payload: undefined }) as never;
    const ran = [intent({ approval: "A" }), outcome({ intent: 3 })] as const;
    expect(await findings(redacted(intent()), outcome({ intent: 1 }))).toEqual([]);
    expect(await findings(redacted(asked("A")), granted("A"), ...ran)).toEqual([]);
    expect(await findings(asked("A"), redacted(granted("A")), ...ran)).toEqual([]);
    expect(await findings(asked("A"), granted("A"), redacted(ran[0]), ran[1])).toEqual([]);
    // One that is redacted excuses nothing else.
    expect(await findings(redacted(intent()), outcome({ intent: 2 }))).toEqual([["outcome-without-intent", 2]]);
    expect(await findings(redacted(granted("A")), ...ran.slice(0, 1))).toEqual([["approval-unknown", 2]]);
  });

  it("finds nothing in what is as it should be", async () => {
    expect(await findings(intent(), outcome({ intent: 1 }))).toEqual([]);
    expect(await findings(asked("A"), granted("A"), intent({ approval: "A" }), outcome({ intent: 3 }))).toEqual([]);
    const logged = outcome({ verdict: "permit", effect: { risk: "0.5" }, result: { effect: { risk: "0.5" } } });
    expect(await findings(logged)).toEqual([]);
    // What a crash cut off is noted by the next kernel, in its own name.
    const unknown = { ...outcome({ intent: 1, outcome: "failed" }), kind: "action.unknown", actor: { pid: 0 } };
    expect(await findings(intent(), unknown)).toEqual([]);
    expect(await findings(intent({ action: "fs.read" }), unknown)).toEqual([["outcome-without-intent", 2]]);
    // The first owner is made known by the very act.
    const begun = { ...intent(), actor: { pid: 0 } };
    expect(await findings(begun, { ...outcome({ intent: 1 }), actor: { pid: 0, principal: "ann" } })).toEqual([]);
  });

  it.each<[string, readonly (AuditEvent | number)[], readonly (readonly [string, number])[]]>([
    ["an outcome of no intent", [outcome({ intent: 0 })], [["outcome-without-intent", 1]]],
    [
      "an intent used twice",
      [intent(), outcome({ intent: 1 }), outcome({ intent: 1 })],
      [["outcome-without-intent", 3]],
    ],
    ["an action without decision", [outcome({})], [["action-without-decision", 1]]],
    [
      "an outcome that did more than declared",
      [intent(), outcome({ intent: 1, result: { effect: { risk: "0.71", privacy: "0.1" } } })],
      [
        ["effect-exceeded", 2],
        ["effect-exceeded", 2],
      ],
    ],
    ["an approval that nobody gave", [asked("A"), intent({ approval: "A" })], [["approval-not-granted", 2]]],
    [
      "one that was denied",
      [asked("A"), granted("A", "denied"), intent({ approval: "A" })],
      [["approval-not-granted", 3]],
    ],
    ["an action that ran though it was denied", [outcome({ verdict: "deny" })], [["action-without-decision", 1]]],
    [
      "the intent of another action",
      [intent({ action: "fs.read" }), outcome({ intent: 1 })],
      [["outcome-without-intent", 2]],
    ],
    [
      "the intent of another process",
      [
        { ...intent(), actor: { pid: 8 } },
        { ...outcome({ intent: 1 }), actor: { pid: 9 } },
      ],
      [["outcome-without-intent", 2]],
    ],
    [
      "the intent of another person",
      [
        { ...intent(), actor: { principal: "ann" } },
        { ...outcome({ intent: 1 }), actor: { principal: "eve" } },
      ],
      [["outcome-without-intent", 2]],
    ],
    ["an approval that nobody asked for", [intent({ approval: "A" })], [["approval-unknown", 1]]],
    [
      "an approval after its time",
      [asked("A", 100), granted("A"), 101, intent({ approval: "A" })],
      [["approval-expired", 3]],
    ],
    [
      "an approval that was seen to expire",
      [
        asked("A"),
        granted("A"),
        { source: "a", kind: "approval.expire", actor: {}, payload: { approval: "A" } },
        intent({ approval: "A" }),
      ],
      [["approval-expired", 4]],
    ],
    [
      "an approval used twice",
      [asked("A"), granted("A"), intent({ approval: "A" }), intent({ approval: "A" })],
      [["approval-used-twice", 4]],
    ],
    [
      "a grant after its revocation",
      [
        asked("A"),
        { source: "a", kind: "approval.answer", actor: {}, payload: { result: { approval: "A", state: "standing" } } },
        intent({ approval: "A" }),
        intent({ approval: "A" }),
        { source: "a", kind: "approval.revoke", actor: {}, payload: { outcome: "ok", result: { approval: "A" } } },
        intent({ approval: "A" }),
      ],
      [["approval-revoked", 6]],
    ],
  ])("finds %s", async (_, events, found) => {
    expect(await findings(...events)).toEqual(found);
  });
});

async function kernelWith(...branches: ("judicial" | "executive")[]): Promise<KernelDouble> {
  const kernel = await startDouble({ processes: [{ pid: 7 as never, name: "tidy", capabilities: {} as never }] });
  await known(kernel, "jane", "admin", branches);
  return kernel;
}
const jane = { ...admin, subject: { kind: "principal", id: "jane", role: "admin" } } as const;

describe("the judicial branch", () => {
  it("records each finding once, however often it looks", async () => {
    const kernel = await kernelWith("judicial");
    kernel.declarations.set("fs.remove", declare("fs.remove"));
    kernel.audit.append(outcome({}));
    for (let n = 0; n < 2; n++) {
      expect(await kernel.method("judicial.review").call({}, jane)).toMatchObject({
        findings: [{ kind: "action-without-decision" }],
      });
    }
    const recorded = kernel.audit.recorded.filter(({ kind }) => kind === "judicial.finding");
    expect(recorded).toHaveLength(1);
    expect(recorded[0]).toMatchObject({ actor: { principal: "jane" }, payload: { of: "fs.remove" } });
  });

  it("holds back a permit until it lifts the stay, over a restart", async () => {
    const kernel = await kernelWith("judicial");
    const spawn = { ...declare("process.spawn", { risk: 1 }) };
    const check = (on: KernelDouble) => {
      on.declarations.set("process.spawn", spawn);
      const request = {
        action: "process.spawn",
        subject: { kind: "process", id: "7" },
        resource: "x",
        attributes: {},
      } as const;
      return on.governance.check(request).verdict;
    };
    expect(check(kernel)).toBe("permit");
    await kernel.method("judicial.stay").call({ rule: "GOV-006", reason: "too many" }, jane);
    expect(check(kernel)).toBe("deny");
    const ruled = await kernel.method("governance.rules").call({ rule: "GOV-006" }, jane);
    const by = { by: "jane", reason: "too many", at: expect.any(Number) };
    expect(ruled).toMatchObject({ rules: [{ id: "GOV-006", active: false, stay: by }] });
    await kernel.stop();
    const again = await startDouble({ platform: kernel.platform, audit: kernel.audit });
    expect(check(again)).toBe("deny");
    await expect(again.method("judicial.stay").call({ rule: "GOV-006", reason: "x" }, jane)).rejects.toMatchObject({
      code: "GOVERNANCE_AMENDMENT_STATE",
    });
    await again.method("judicial.lift").call({ rule: "GOV-006" }, jane);
    expect(check(again)).toBe("permit");
    const lifted = (await again.method("governance.rules").call({ rule: "GOV-006" }, jane)) as { rules: object[] };
    expect(lifted.rules[0]).not.toHaveProperty("stay");
    const stay = again.method("judicial.stay");
    const { sequence: finding } = again.audit.append({
      source: "governance",
      kind: "judicial.finding",
      actor: {},
      payload: {},
    });
    await expect(stay.call({ rule: "GOV-006", reason: "x", finding: finding - 1 }, jane)).rejects.toMatchObject({
      code: "GOVERNANCE_LAW_NOT_FOUND",
    });
    expect(await stay.call({ rule: "GOV-006", reason: "x", finding }, jane)).toMatchObject({ finding });
    await again.stop();
    const third = await startDouble({ platform: kernel.platform, audit: kernel.audit });
    expect(await third.method("governance.rules").call({ rule: "GOV-006" }, jane)).toMatchObject({
      rules: [{ stay: { by: "jane", finding } }],
    });
    await third.method("judicial.lift").call({ rule: "GOV-006" }, jane);
    for (const [method, input] of [
      ["judicial.stay", { rule: "GOV-001", reason: "it denies" }],
      ["judicial.lift", { rule: "GOV-006" }],
    ] as const)
      await expect(third.method(method).call(input, jane)).rejects.toMatchObject({ code: "GOVERNANCE_LAW_NOT_FOUND" });
  });

  it("stops the boot when the journal lost a stay that the chain has, and not when a crash came before a lift was recorded", async () => {
    const kernel = await kernelWith("judicial");
    const { platform, audit } = kernel;
    const path = `${DIR}/journal/law`;
    await kernel.method("judicial.stay").call({ rule: "GOV-006", reason: "too many" }, jane);
    const stayed = await platform.files.read(path);
    await kernel.method("judicial.lift").call({ rule: "GOV-006" }, jane);
    await kernel.stop();
    const lifted = await platform.files.read(path);
    const boot = async (journal: Uint8Array | undefined, log: AuditDouble) => {
      if (journal === undefined) await platform.files.remove(path);
      else await platform.files.writeAtomic(path, journal);
      const again = await startDouble({ platform, audit: log });
      await again.stop();
    };
    // What the chain had before the lift was recorded there.
    const before = new AuditDouble();
    before.recorded.push(
      ...audit.recorded.filter(({ kind, payload }) => kind !== "judicial.lift" && payload.action !== "judicial.lift"),
    );
    await expect(boot(undefined, before)).rejects.toMatchObject({
      code: "GOVERNANCE_LAW_BROKEN",
      message: expect.stringContaining("the permit of GOV-006 is stayed, and nothing is kept of it"),
    });
    for (const [journal, log] of [
      [stayed, before],
      [lifted, before],
      [lifted, audit],
    ] as const)
      await boot(journal, log);
  });

  it("boots after a crash came before a lift was recorded, whatever was done to the law since, and not without a later stay", async () => {
    const kernel = await kernelWith("judicial");
    const { platform, audit } = kernel;
    const path = `${DIR}/journal/law`;
    const stay = (some: KernelDouble) => some.method("judicial.stay").call({ rule: "GOV-006", reason: "x" }, jane);
    await stay(kernel);
    await kernel.method("judicial.lift").call({ rule: "GOV-006" }, jane);
    await kernel.stop();
    audit.recorded.splice(
      audit.recorded.findIndex(({ kind }) => kind === "judicial.lift"),
      1,
    );
    const second = await startDouble({ platform, audit });
    await second.method("environment.add").call({ name: "lab", environment: { threshold: 0.2 } }, host);
    await second.stop();
    const third = await startDouble({ platform, audit });
    const without = await platform.files.read(path);
    // In the same moment: the clock stands still.
    await stay(third);
    await third.stop();
    await (await startDouble({ platform, audit })).stop();
    await platform.files.writeAtomic(path, without);
    await expect(startDouble({ platform, audit })).rejects.toMatchObject({ code: "GOVERNANCE_LAW_BROKEN" });
  });

  it("suspends an agent, and is refused without the branch", async () => {
    const kernel = await kernelWith("judicial");
    expect(await kernel.method("judicial.suspend").call({ pid: 7, reason: "odd" }, jane)).toEqual({
      pid: 7,
      agent: "tidy",
    });
    expect(kernel.suspended).toEqual([7]);
    const other = await kernelWith("executive");
    for (const [method, input] of [
      ["judicial.suspend", { pid: 7, reason: "odd" }],
      ["judicial.review", {}],
      ["judicial.stay", { rule: "GOV-006", reason: "x" }],
    ] as const)
      await expect(other.method(method).call(input, jane)).rejects.toMatchObject({ code: "GOVERNANCE_BRANCH" });
    expect(other.suspended).toEqual([]);
  });
});
