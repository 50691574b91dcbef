import { toHex } from "@weftos/crypto";
import type { Files } from "@weftos/interface";
import { memoryPlatform } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { openKeys } from "../../../src/approval/seal-key.ts";
import { amendmentStatement, GENESIS_RULES, makePolicy } from "../../../src/index.ts";
import { GenesisFile } from "../../../src/law/genesis-file.ts";
import { lawJournal } from "../../../src/law/law-journal.ts";
import { LawLedger } from "../../../src/law/law-ledger.ts";
import { Legislature } from "../../../src/law/legislature.ts";
import { principalJournal } from "../../../src/principal/principal-journal.ts";
import { PrincipalRegistry } from "../../../src/principal/principal-registry.ts";
import { AuditDouble, DIR, type KernelDouble, startDouble } from "../../kernel-double.ts";
import { admin, host, keyOf, known, rotation, signerOf } from "../../people.ts";
import { declare, rule } from "../decision/subject-of-tests.ts";

const tighten = JSON.stringify({ rules: [rule("NEW-1", { condition: { actions: ["demo.act"] } })] });
const loosen = JSON.stringify({ rules: [rule("NEW-2", { outcome: { kind: "permit" } })] });
const as = (name: string) => ({ ...admin, subject: { kind: "principal", id: name, role: "admin" } }) as const;

interface Proposed {
  readonly id: string;
  readonly quorum: number;
  readonly signatures: readonly unknown[];
  readonly state: string;
}

async function propose(kernel: KernelDouble, text = tighten, by = "ann"): Promise<Proposed> {
  const input = { text, file: "law.json", reason: "we learned" };
  return (await kernel.method("amendment.propose").call(input, as(by))) as unknown as Proposed;
}

async function sign(kernel: KernelDouble, id: string, name: string): Promise<unknown> {
  const statement = amendmentStatement(kernel.governance.policy?.genesis ?? "", id);
  const signature = toHex(signerOf(name).sign(statement));
  return await kernel.method("amendment.sign").call({ id, principal: name, signature }, admin);
}

const rehearse = (kernel: KernelDouble, id: string) => kernel.method("amendment.rehearse").call({ id }, as("ann"));
const enact = (kernel: KernelDouble, id: string, by = "ann") => kernel.method("amendment.enact").call({ id }, as(by));

async function lawful(init: Parameters<typeof startDouble>[0] = {}): Promise<KernelDouble> {
  const kernel = await startDouble(init);
  for (const name of ["ann", "bob", "tom"]) await known(kernel, name, "admin", ["legislative"]);
  await known(kernel, "eve", "admin", ["executive"]);
  kernel.declarations.set("demo.act", declare("demo.act"));
  return kernel;
}

async function amended(kernel: KernelDouble): Promise<string> {
  const { id } = await propose(kernel);
  await rehearse(kernel, id);
  await sign(kernel, id, "ann");
  await sign(kernel, id, "bob");
  await enact(kernel, id);
  return id;
}

const check = (kernel: KernelDouble) =>
  kernel.governance.check({
    action: "demo.act",
    subject: { kind: "process", id: "7" },
    resource: "x",
    attributes: {},
  }).verdict;

describe("an amendment that forbids what keeps the law alive", () => {
  const denying = (condition: object, more: object = {}) =>
    JSON.stringify({ rules: [rule("SHUT", { condition, ...more } as never)] });
  async function signed(kernel: KernelDouble, text: string): Promise<string> {
    const { id } = await propose(kernel, text);
    await rehearse(kernel, id);
    for (const name of ["ann", "bob"]) await sign(kernel, id, name);
    return id;
  }
  const shown = async (kernel: KernelDouble, id: string) =>
    (await kernel.method("amendment.show").call({ id }, admin)) as {
      readonly locks: readonly { action: string; rules: string[]; environments: string[]; always: boolean }[];
      readonly locksForGood: boolean;
    };

  it("is told with what it forbids, and becomes law only where that is said", async () => {
    const kernel = await lawful();
    const text = denying({ actions: ["principal.*", "approval.answer"], environments: ["production"] });
    const proposed = await propose(kernel, text);
    const locks = ["approval.answer", "principal.add", "principal.revoke", "principal.rotate", "principal.token"].map(
      (action) => ({ action, rules: ["SHUT"], environments: ["production"], always: false }),
    );
    expect(proposed).toMatchObject({ locks, locksForGood: false });
    expect(await rehearse(kernel, proposed.id)).toMatchObject({ locks });
    const id = await signed(kernel, text);
    expect(await shown(kernel, id)).toMatchObject({ locks, locksForGood: false });
    await expect(enact(kernel, id)).rejects.toMatchObject({
      code: "GOVERNANCE_AMENDMENT_LOCKS",
      details: { amendment: id, locks, forGood: false },
    });
    const said = await kernel.method("amendment.enact").call({ id, locks: true }, as("ann"));
    expect(said).toMatchObject({ number: 1 });
    expect(kernel.audit.recorded.findLast(({ payload }) => payload.action === "amendment.enact")).toBeDefined();
    const intent = kernel.audit.recorded.findLast(({ payload }) => payload.resource === `amendment:${id.slice(0, 16)}`);
    expect(intent?.payload.attributes).toMatchObject({ locks: locks.map(({ action }) => action).join(",") });
    expect(await shown(kernel, id)).toMatchObject({ locks: [] });
  });

  it.each([
    ["everything", {}],
    ["all that amends", { actions: ["amendment.*"] }],
    ["one step without which there is none", { actions: ["amendment.enact"] }],
    ["it to every role", { actions: ["amendment.propose"], subjects: { roles: ["operator", "approver", "admin"] } }],
    ["each call by what each call says", { actions: ["amendment.enact"], attributes: { branch: "legislative" } }],
    [
      "it on all days",
      { actions: ["amendment.sign"], time: { days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] } },
    ],
  ])("for good never becomes law: %s", async (_what, condition) => {
    const kernel = await lawful();
    const id = await signed(kernel, denying(condition));
    expect(await shown(kernel, id)).toMatchObject({ locksForGood: true });
    await expect(kernel.method("amendment.enact").call({ id, locks: true }, as("ann"))).rejects.toMatchObject({
      code: "GOVERNANCE_AMENDMENT_LOCKS",
      details: { forGood: true },
    });
    expect(check(kernel)).toBe("permit");
  });

  it.each([
    ["of whom nobody is known", { approvers: ["zoe", "max"], quorum: 2 }, true],
    ["more people than there are", { quorum: 16 }, true],
    ["of whom one is known, and two must", { approvers: ["eve", "zoe"], quorum: 2 }, true],
    ["of whom nobody may answer", { approvers: ["tom"] }, true],
    ["of whom somebody can answer", { approvers: ["eve"] }, false],
  ])("is told where it asks people %s", async (_whom, how, told) => {
    const kernel = await lawful();
    const outcome = { kind: "defer", ...how };
    const { id } = await propose(kernel, denying({ actions: ["amendment.enact"] }, { outcome }));
    const { locks, locksForGood } = await shown(kernel, id);
    const lock = { action: "amendment.enact", rules: ["SHUT"], always: false };
    expect({ locks, locksForGood }).toMatchObject({ locks: told ? [lock] : [], locksForGood: false });
  });

  it.each([
    ["it leaves a minute", { actions: ["amendment.*"], time: { from: "00:00", to: "23:59" } }, true],
    ["it leaves one who may", { actions: ["amendment.*"], subjects: { principals: ["bob", "tom"] } }, false],
    ["it is about something else", { actions: ["demo.act"] }, false],
    [
      "it asks about what some calls have alone",
      { actions: ["amendment.*"], attributes: { reason: { matches: "*x*" } } },
      false,
    ],
    ["it names what no call has", { actions: ["amendment.*"], attributes: { colour: "red" } }, false],
  ] as const)("is no lock for good where %s", async (_why, condition, told) => {
    const kernel = await lawful();
    const id = await signed(kernel, denying(condition));
    const { locks, locksForGood } = await shown(kernel, id);
    expect({ told: locks.length > 0, locksForGood }).toEqual({ told, locksForGood: false });
    if (told) expect(locks.every(({ always }) => !always)).toBe(true);
    expect(await kernel.method("amendment.enact").call({ id, locks: true }, as("ann"))).toMatchObject({ number: 1 });
  });
});

describe("an amendment", () => {
  it("names no rule as another is named, in either case", async () => {
    const kernel = await lawful();
    const text = (...ids: string[]) => JSON.stringify({ rules: ids.map((id) => rule(id)) });
    await expect(propose(kernel, text("gov-001"))).rejects.toMatchObject({
      code: "GOVERNANCE_AMENDMENT_STATE",
      details: { reason: "it differs from the rule GOV-001 by case alone" },
    });
    await expect(propose(kernel, text("ACME-1", "acme-1"))).rejects.toMatchObject({
      code: "GOVERNANCE_POLICY_INVALID",
    });
  });

  it("is proposed, rehearsed, signed by more than half of the legislators, and then binds", async () => {
    const kernel = await lawful();
    expect(check(kernel)).toBe("permit");
    const { id, quorum } = await propose(kernel);
    expect(quorum).toBe(2);
    await expect(enact(kernel, id)).rejects.toMatchObject({ code: "GOVERNANCE_AMENDMENT_STATE" });
    await rehearse(kernel, id);
    await sign(kernel, id, "ann");
    const { length } = await kernel.platform.files.read(`${DIR}/journal/law`);
    await sign(kernel, id, "ann");
    expect(await kernel.platform.files.read(`${DIR}/journal/law`)).toHaveLength(length);
    await expect(enact(kernel, id)).rejects.toMatchObject({ details: { reason: "it has 1 of 2 signatures" } });
    await sign(kernel, id, "bob");
    expect(check(kernel)).toBe("permit");
    expect(await enact(kernel, id)).toMatchObject({ number: 1, amendment: id, signedBy: ["ann", "bob"] });
    expect(check(kernel)).toBe("deny");
    const event = kernel.audit.recorded.find(({ kind }) => kind === "governance.amendment");
    expect(event?.payload).toMatchObject({ number: 1, amendment: id, genesis: kernel.governance.policy?.genesis });
    await expect(enact(kernel, id)).rejects.toMatchObject({ details: { reason: "it is the law already" } });
  });

  it("lives on at the next boot, with its history and diff", async () => {
    const kernel = await lawful();
    const id = await amended(kernel);
    await kernel.stop();
    const again = await startDouble({ platform: kernel.platform, audit: kernel.audit });
    again.declarations.set("demo.act", declare("demo.act"));
    expect(check(again)).toBe("deny");
    expect(kernel.audit.kinds().filter((kind) => kind === "governance.amendment")).toHaveLength(1);
    const history = await again.method("governance.history").call({}, admin);
    expect(history).toMatchObject({
      versions: [{ number: 0 }, { number: 1, amendment: id, signedBy: ["ann", "bob"], rules: 23 }],
      proposals: [{ id, state: "enacted" }],
    });
    const diff = await again.method("governance.diff").call({ from: 0, to: 1 }, admin);
    expect(diff).toMatchObject({ added: [{ id: "NEW-1" }], removed: [], changed: [], loosens: [] });
    expect(await again.method("governance.diff").call({ amendment: id.slice(0, 12) }, admin)).toEqual(diff);
  });

  it("may only add or tighten, unless the genesis said otherwise", async () => {
    const kernel = await lawful();
    const { id } = await propose(kernel, loosen);
    expect(await kernel.method("amendment.show").call({ id }, admin)).toMatchObject({ barred: true });
    await rehearse(kernel, id);
    await sign(kernel, id, "ann");
    await sign(kernel, id, "bob");
    await expect(enact(kernel, id)).rejects.toMatchObject({
      code: "GOVERNANCE_AMENDMENT_LOOSENS",
      details: { loosens: [{ rule: "NEW-2" }] },
    });
    const open = await lawful({ config: { amendable: true } });
    const other = await propose(open, loosen);
    await rehearse(open, other.id);
    await sign(open, other.id, "ann");
    await sign(open, other.id, "bob");
    expect(await enact(open, other.id)).toMatchObject({ number: 1 });
    await open.stop();
    const closed = await startDouble({ platform: open.platform, audit: open.audit, config: { amendable: false } });
    expect(await closed.method("governance.status").call({}, admin)).toMatchObject({ amendable: true, version: 1 });
  });

  it("is not enacted before it was rehearsed, however many have signed", async () => {
    const kernel = await lawful();
    const { id } = await propose(kernel);
    for (const name of ["ann", "bob", "tom"]) await sign(kernel, id, name);
    await expect(enact(kernel, id)).rejects.toMatchObject({ details: { reason: "it was not rehearsed" } });
    expect(check(kernel)).toBe("permit");
    await rehearse(kernel, id);
    await enact(kernel, id);
    expect(check(kernel)).toBe("deny");
  });

  it("is at most 128 KiB, so that it fits into one event", async () => {
    const kernel = await lawful();
    const rules = Array.from({ length: 130 }, (_, n) =>
      rule(`BIG-${n}`, { description: "d".repeat(1024), condition: { actions: ["x.y"] } }),
    );
    await expect(propose(kernel, JSON.stringify({ rules }))).rejects.toMatchObject({
      details: { reason: "it is larger than 128 KiB" },
    });
    expect(await propose(kernel, JSON.stringify({ rules: rules.slice(0, 90) }))).toMatchObject({ state: "proposed" });
  });

  it("is outdated once another one was enacted", async () => {
    const kernel = await lawful();
    const late = await propose(kernel, JSON.stringify({ rules: [rule("NEW-3")] }));
    await amended(kernel);
    for (const step of [rehearse(kernel, late.id), sign(kernel, late.id, "ann"), enact(kernel, late.id)])
      await expect(step).rejects.toMatchObject({ code: "GOVERNANCE_AMENDMENT_STATE" });
  });

  it("is refused at once for the id of a configured rule, beside which it could never come into force", async () => {
    const kernel = await lawful({ config: { rules: [rule("NEW-1", { condition: { actions: ["x.y"] } })] } });
    await expect(propose(kernel)).rejects.toMatchObject({
      code: "GOVERNANCE_POLICY_INVALID",
      details: { rule: "NEW-1" },
    });
    expect(await kernel.method("governance.history").call({}, admin)).toMatchObject({ proposals: [] });
  });

  it("that changes nothing, or ends a rule that is none, is not proposed", async () => {
    const kernel = await lawful();
    const empty = propose(kernel, JSON.stringify({ rules: [] }));
    await expect(empty).rejects.toMatchObject({ code: "GOVERNANCE_AMENDMENT_STATE" });
    const input = { text: tighten, file: "law.json", reason: "x", drop: ["NONE"] };
    await expect(kernel.method("amendment.propose").call(input, as("ann"))).rejects.toMatchObject({
      code: "GOVERNANCE_LAW_NOT_FOUND",
    });
    const wrong = { text: '[[rules]]\nid = "A"\n', file: "law.toml", reason: "x" };
    await expect(kernel.method("amendment.propose").call(wrong, as("ann"))).rejects.toMatchObject({
      code: "GOVERNANCE_POLICY_INVALID",
      details: { file: "law.toml", rule: "A" },
    });
  });

  it("is the legislative branch's alone: another one is refused, and that is recorded", async () => {
    const kernel = await lawful();
    await expect(propose(kernel, tighten, "eve")).rejects.toMatchObject({
      code: "GOVERNANCE_BRANCH",
      details: { principal: "eve", branch: "legislative", holds: ["executive"] },
    });
    expect(kernel.audit.recorded.at(-1)).toMatchObject({
      kind: "amendment.propose",
      actor: { principal: "eve" },
      payload: { outcome: "failed", error: "GOVERNANCE_BRANCH" },
    });
    const { id } = await propose(kernel);
    await expect(sign(kernel, id, "eve")).rejects.toMatchObject({ code: "GOVERNANCE_BRANCH" });
    await rehearse(kernel, id);
    await sign(kernel, id, "ann");
    await sign(kernel, id, "bob");
    await expect(enact(kernel, id, "eve")).rejects.toMatchObject({ code: "GOVERNANCE_BRANCH" });
  });

  it("takes no signature of another text, nor counts one of who was revoked since", async () => {
    const kernel = await lawful();
    const { id } = await propose(kernel);
    const signature = toHex(signerOf("ann").sign(amendmentStatement("00", id)));
    const forged = kernel.method("amendment.sign").call({ id, principal: "ann", signature }, admin);
    await expect(forged).rejects.toMatchObject({ code: "GOVERNANCE_SIGNATURE" });
    await rehearse(kernel, id);
    await sign(kernel, id, "ann");
    await sign(kernel, id, "bob");
    await kernel.method("principal.revoke").call({ name: "bob" }, host);
    await expect(enact(kernel, id)).rejects.toMatchObject({ details: { reason: "it has 1 of 2 signatures" } });
  });
});

describe("a boot under amended law", () => {
  it("is refused when the chain has another event for an amendment", async () => {
    const kernel = await lawful();
    await amended(kernel);
    await kernel.stop();
    const at = kernel.audit.recorded.findIndex(({ kind }) => kind === "governance.amendment");
    kernel.audit.recorded.splice(at, 1);
    const again = startDouble({ platform: kernel.platform, audit: kernel.audit });
    await expect(again).rejects.toMatchObject({ code: "GOVERNANCE_LAW_BROKEN" });
  });

  it("is refused when the chain has an amendment of which nothing is kept", async () => {
    const kernel = await lawful();
    const { files } = kernel.platform;
    const path = `${DIR}/journal/law`;
    await amended(kernel);
    await kernel.stop();
    await files.remove(path);
    const again = startDouble({ platform: kernel.platform, audit: kernel.audit });
    await expect(again).rejects.toMatchObject({ code: "GOVERNANCE_LAW_BROKEN" });
  });

  it("is refused when the signers are not known", async () => {
    const kernel = await lawful();
    await amended(kernel);
    await kernel.stop();
    await kernel.platform.files.remove(`${DIR}/journal/principals`);
    const again = startDouble({ platform: kernel.platform, audit: kernel.audit });
    await expect(again).rejects.toMatchObject({ code: "GOVERNANCE_JOURNAL_BROKEN" });
  });

  it("is refused when what is kept of the genesis is gone, or says something else", async () => {
    const kernel = await lawful();
    await amended(kernel);
    await kernel.stop();
    for (const path of ["genesis", "law", "principals"]) await kernel.platform.files.remove(`${DIR}/journal/${path}`);
    const again = startDouble({ platform: kernel.platform, audit: kernel.audit, config: { amendable: true } });
    await expect(again).rejects.toMatchObject({ code: expect.stringMatching(/GENESIS_CHANGED|JOURNAL_BROKEN/) });
    const plain = await startDouble();
    await plain.stop();
    await plain.platform.files.remove(`${DIR}/journal/genesis`);
    const richer = startDouble({ platform: plain.platform, audit: plain.audit, config: { amendable: true } });
    await expect(richer).rejects.toMatchObject({ code: "GOVERNANCE_GENESIS_CHANGED" });
  });

  it("is refused when what is kept lets its law be loosened, and the chain does not, though the key of the kernel sealed it", async () => {
    const kernel = await startDouble();
    await kernel.stop();
    const { platform, audit } = kernel;
    const { files, random } = platform;
    const keys = await openKeys(files, DIR, random);
    const file = new GenesisFile({ files, dir: DIR, key: keys.genesis, random });
    const kept = await file.read(makePolicy(GENESIS_RULES));
    if (kept === undefined) throw new Error("nothing is kept");
    await file.write({ ...kept, amendable: true });
    await expect(startDouble({ platform, audit })).rejects.toMatchObject({
      code: "GOVERNANCE_GENESIS_CHANGED",
      details: { reason: "the chain was begun under another law" },
    });
    await file.write(kept);
    await (await startDouble({ platform, audit })).stop();
  });

  it("goes on after a crash at any step of the enactment: before it or after it, never between", async () => {
    const steps = await enactSteps();
    for (let crashAt = 1; crashAt <= steps; crashAt++) {
      const kernel = await lawful();
      const { id } = await propose(kernel);
      await rehearse(kernel, id);
      await sign(kernel, id, "ann");
      await sign(kernel, id, "bob");
      let after: Promise<KernelDouble> | undefined;
      let step = 0;
      kernel.platform.faults.watch(() => {
        if (++step !== crashAt) return;
        const files = kernel.platform.faults.crash();
        after = startDouble({
          platform: memoryPlatform({ clock: kernel.platform.clock, files, seed: 3 }),
          audit: kernel.audit,
        });
      });
      await enact(kernel, id);
      const next = await after;
      next?.declarations.set("demo.act", declare("demo.act"));
      const status = next === undefined ? undefined : await next.method("governance.status").call({}, admin);
      if (next !== undefined) expect(status).toMatchObject({ version: check(next) === "deny" ? 1 : 0 });
    }
  });
});

async function enactSteps(): Promise<number> {
  const kernel = await lawful();
  const { id } = await propose(kernel);
  await rehearse(kernel, id);
  await sign(kernel, id, "ann");
  await sign(kernel, id, "bob");
  let steps = 0;
  kernel.platform.faults.watch(() => void steps++);
  await enact(kernel, id);
  expect(steps).toBeGreaterThan(1);
  return steps;
}

describe("environments", () => {
  it("are listed, added and switched, durably, until the configuration names another", async () => {
    const kernel = await startDouble({ environment: "development" });
    const environment = { threshold: 0.1, humanApproval: true };
    await kernel.method("environment.add").call({ name: "lab", environment }, admin);
    expect(await kernel.method("environment.list").call({}, admin)).toMatchObject({
      active: "development",
      environments: [{ name: "development" }, { name: "staging" }, { name: "production" }, { name: "lab" }],
    });
    await kernel.method("environment.switch").call({ name: "lab" }, admin);
    expect(kernel.governance.environment).toMatchObject({ name: "lab", threshold: 0.1 });
    const switched = kernel.audit.recorded.filter(({ kind }) => kind === "environment.switch").at(-1);
    expect(switched?.payload).toMatchObject({ outcome: "ok", result: { name: "lab", threshold: "0.1" } });
    await kernel.stop();
    const { platform, audit } = kernel;
    const again = await startDouble({ platform, audit, environment: "development" });
    expect(again.governance.environment.name).toBe("lab");
    expect(again.inForce.name).toBe("lab");
    await again.stop();
    const other = await startDouble({ platform, audit, environment: "staging" });
    expect(other.governance.environment.name).toBe("staging");
    expect(other.inForce.name).toBe("staging");
    expect(await other.method("environment.show").call({ name: "lab" }, admin)).toMatchObject({ active: false });
  });

  it("ask a person for a switch in production, and refuse names that are none or taken", async () => {
    const kernel = await startDouble({ environment: "production" });
    const again = kernel.method("environment.switch").call({ name: "production" }, admin);
    await expect(again).rejects.toMatchObject({ code: "APPROVAL_PENDING" });
    expect(kernel.governance.environment.name).toBe("production");
    const dev = await startDouble();
    await expect(dev.method("environment.switch").call({ name: "moon" }, admin)).rejects.toMatchObject({
      code: "GOVERNANCE_ENVIRONMENT_UNKNOWN",
    });
    const taken = dev.method("environment.add").call({ name: "staging", environment: {} }, admin);
    await expect(taken).rejects.toMatchObject({ code: "GOVERNANCE_AMENDMENT_STATE" });
  });
});

describe("what an amendment may not do", () => {
  it("put a question to whom it likes where the threshold refuses", async () => {
    const kernel = await lawful({ environment: "staging" });
    kernel.declarations.set("demo.act", declare("demo.act", { risk: 0.9 }));
    expect(check(kernel)).toBe("deny");
    const asks = rule("X-1", {
      condition: { actions: ["demo.act"] },
      outcome: { kind: "defer", to: "viewer", approvers: ["eve"] },
    });
    const { id } = await propose(kernel, JSON.stringify({ rules: [asks] }));
    await rehearse(kernel, id);
    await sign(kernel, id, "ann");
    await sign(kernel, id, "bob");
    await enact(kernel, id);
    expect(check(kernel)).toBe("deny");
  });

  it("hold on another chain of the same release", async () => {
    const here = await lawful();
    const there = await lawful({ audit: new AuditDouble(true, 9) });
    const mine = await propose(here);
    const theirs = await propose(there);
    expect(mine.id).not.toBe(theirs.id);
  });

  it("fill the place for good: of those that became outdated the newest hundred are kept", async () => {
    const kernel = await lawful();
    for (const name of ["ann", "bob", "tom"]) {
      for (let n = 0; n < 50; n++) {
        const text = JSON.stringify({ rules: [rule(`${name}-${n}`, { condition: { actions: ["x.y"] } })] });
        if (name !== "tom" || n < 10) await propose(kernel, text, name);
      }
    }
    const one = JSON.stringify({ rules: [rule("one-more", { condition: { actions: ["x.y"] } })] });
    await expect(propose(kernel, one)).rejects.toMatchObject({ code: "GOVERNANCE_AMENDMENT_STATE" });
    const { id } = await propose(kernel, tighten, "tom");
    await rehearse(kernel, id);
    await sign(kernel, id, "ann");
    await sign(kernel, id, "bob");
    await enact(kernel, id);
    const states = async (some: KernelDouble) => {
      const { proposals } = (await some.method("governance.history").call({}, admin)) as unknown as {
        proposals: Proposed[];
      };
      return proposals.map(({ state }) => state);
    };
    const after = [...Array.from({ length: 100 }, () => "outdated"), "enacted"];
    expect(await states(kernel)).toEqual(after);
    expect(await propose(kernel, one)).toMatchObject({ state: "proposed" });
    await kernel.stop();
    const again = await startDouble({ platform: kernel.platform, audit: kernel.audit });
    expect(await states(again)).toEqual([...after, "proposed"]);
  });

  it("keep a kernel from booting: what cannot be read again is not written", async () => {
    const kernel = await lawful();
    const dimensions = Array.from({ length: 16 }, (_, n) => `d${n}`);
    const first = await propose(
      kernel,
      JSON.stringify({ dimensions, rules: [rule("A-1", { condition: { actions: ["x.y"] } })] }),
    );
    await rehearse(kernel, first.id);
    await sign(kernel, first.id, "ann");
    await sign(kernel, first.id, "bob");
    await enact(kernel, first.id);
    const more = propose(
      kernel,
      JSON.stringify({
        dimensions: dimensions.map((name) => `x${name}`),
        rules: [rule("A-2", { condition: { actions: ["x.y"] } })],
      }),
    );
    await expect(more).rejects.toMatchObject({ code: "GOVERNANCE_AMENDMENT_STATE" });
    const add = (n: number) => kernel.method("environment.add").call({ name: `e${n}`, environment: {} }, host);
    for (let n = 0; n < 100; n++) await add(n);
    await expect(add(100)).rejects.toMatchObject({ code: "GOVERNANCE_AMENDMENT_STATE" });
    await kernel.stop();
    const again = await startDouble({ platform: kernel.platform, audit: kernel.audit });
    expect(await again.method("governance.status").call({}, admin)).toMatchObject({ version: 1 });
  });
});

describe("a switch of the environment", () => {
  it("never goes below the configured one, and ends when the configuration names another", async () => {
    const kernel = await startDouble({ environment: "staging" });
    const lax = { threshold: 10, maxMagnitude: 10, auditLevel: "none", activeBranches: ["executive"] };
    await kernel.method("environment.add").call({ name: "lax", environment: lax }, host);
    for (const name of ["lax", "development"])
      await expect(kernel.method("environment.switch").call({ name }, host)).rejects.toMatchObject({
        code: "GOVERNANCE_ENVIRONMENT_LAX",
      });
    // Nobody was asked about what cannot be.
    const strict = await startDouble({ environment: "production" });
    await expect(strict.method("environment.switch").call({ name: "staging" }, admin)).rejects.toMatchObject({
      code: "GOVERNANCE_ENVIRONMENT_LAX",
    });
    expect(strict.governance.approvals.list()).toEqual([]);
    await kernel.method("environment.switch").call({ name: "production" }, host);
    await kernel.method("environment.switch").call({ name: "staging" }, host);
    await kernel.method("environment.switch").call({ name: "production" }, host);
    await kernel.stop();
    const { platform, audit } = kernel;
    const other = await startDouble({ platform, audit, environment: "development" });
    expect(other.governance.environment.name).toBe("development");
    await other.stop();
    const back = await startDouble({ platform, audit, environment: "staging" });
    expect(back.governance.environment.name).toBe("staging");
  });
});

describe("environments that the journal lost and the chain has", () => {
  it.each([
    ["environment.add", { name: "lab", environment: { threshold: 0.2 } }],
    ["environment.switch", { name: "production" }],
  ] as const)("stop the boot: %s", async (method, input) => {
    const kernel = await startDouble({ environment: "staging" });
    await kernel.method("environment.switch").call({ name: "staging" }, host);
    const { platform, audit } = kernel;
    const path = `${DIR}/journal/law`;
    const before = await platform.files.read(path);
    audit.now = () => platform.clock.now() + 5;
    await platform.clock.advance(10);
    await kernel.method(method).call(input, host);
    await kernel.stop();
    const again = await startDouble({ platform, audit, environment: "staging" });
    await again.stop();
    await platform.files.writeAtomic(path, before);
    const cut = startDouble({ platform, audit, environment: "staging" });
    await expect(cut).rejects.toMatchObject({ code: "GOVERNANCE_LAW_BROKEN" });
  });
});

describe("an environment that was added", () => {
  it("is what the configuration says, once it has a section of that name, and that is told", async () => {
    const kernel = await startDouble();
    await kernel
      .method("environment.add")
      .call({ name: "lab", environment: { threshold: 0.2, humanApproval: true } }, host);
    await kernel.stop();
    const { platform, audit } = kernel;
    const again = await startDouble({ platform, audit, config: { environments: { lab: { threshold: 0.4 } } } });
    expect(await again.method("environment.show").call({ name: "lab" }, admin)).toMatchObject({
      threshold: 0.4,
      humanApproval: false,
    });
    expect(again.reports).toContain("the configuration says otherwise what was added as an environment: lab");
  });
});

describe("an environment that was switched to", () => {
  it("yields at boot to a configuration that became stricter, which is told", async () => {
    const kernel = await startDouble({ environment: "staging" });
    await kernel.method("environment.add").call({ name: "lab", environment: { threshold: 0.5 } }, host);
    await kernel.method("environment.switch").call({ name: "lab" }, host);
    await kernel.stop();
    const { platform, audit } = kernel;
    const config = { environments: { staging: { threshold: 0.1 } } };
    const stricter = await startDouble({ platform, audit, environment: "staging", config });
    expect(stricter.governance.environment).toMatchObject({ name: "staging", threshold: 0.1 });
    expect(stricter.reports.join()).toContain("lab, which was switched to, is laxer than staging by now");
    await stricter.stop();
    const again = await startDouble({ platform, audit, environment: "staging" });
    expect(again.governance.environment.name).toBe("lab");
  });
});

describe("a signature under an amendment", () => {
  it("still holds at boot when its principal has another key by now, also when the clock stepped back in between", async () => {
    const platform = memoryPlatform();
    const { clock } = platform;
    const now = clock.now.bind(clock);
    let shift = 0;
    clock.now = () => now() + shift;
    const kernel = await lawful({ platform });
    await kernel.method("principal.rotate").call(rotation("ann", keyOf("ann 2")), host);
    shift = -1000;
    const { id } = await propose(kernel);
    await rehearse(kernel, id);
    const statement = amendmentStatement(kernel.governance.policy?.genesis ?? "", id);
    const signature = toHex(signerOf("ann 2").sign(statement));
    await kernel.method("amendment.sign").call({ id, principal: "ann", signature }, admin);
    await sign(kernel, id, "bob");
    await enact(kernel, id);
    await kernel.method("principal.rotate").call(rotation("bob", keyOf("bob 2")), host);
    await kernel.stop();
    const again = await startDouble({ platform, audit: kernel.audit });
    expect(await again.method("governance.status").call({}, admin)).toMatchObject({ version: 1 });
  });

  it("still suffices when the journal lost the enactment, and there are more legislators by now", async () => {
    const kernel = await lawful();
    const { id } = await propose(kernel);
    await rehearse(kernel, id);
    await sign(kernel, id, "ann");
    await sign(kernel, id, "bob");
    const { files } = kernel.platform;
    const before = await files.read(`${DIR}/journal/law`);
    await enact(kernel, id);
    for (const name of ["zoe", "max", "kim"]) await known(kernel, name, "admin", ["legislative"]);
    await kernel.stop();
    await files.writeAtomic(`${DIR}/journal/law`, before);
    const again = await startDouble({ platform: kernel.platform, audit: kernel.audit });
    expect(await again.method("governance.status").call({}, admin)).toMatchObject({ version: 1 });
  });

  it("makes no law in the hands of another branch", async () => {
    const kernel = await lawful();
    const { id } = await propose(kernel);
    await rehearse(kernel, id);
    await sign(kernel, id, "ann");
    await sign(kernel, id, "bob");
    await expect(enact(kernel, id, "eve")).rejects.toMatchObject({ code: "GOVERNANCE_BRANCH" });
    expect(check(kernel)).toBe("permit");
  });
});

describe("the law of a chain by itself", () => {
  const rulesOf = (...rules: ReturnType<typeof rule>[]) => makePolicy(rules);
  const genesis = rulesOf(rule("FIRST", { condition: { actions: ["demo.act"] } }));

  async function legislature(files: Files, registry: PrincipalRegistry, audit: AuditDouble, amendable: boolean) {
    const platform = memoryPlatform({ files });
    const log = await platform.openAppendLog(files, "/law");
    const key = new Uint8Array(32).fill(1);
    const ledger = new LawLedger(lawJournal({ log, path: "/law", key, random: platform.random }));
    await ledger.open();
    const law = new Legislature({ clock: platform.clock, audit, registry, genesis, chain: "c", amendable, ledger });
    return Object.assign(law, { close: () => ledger.close() });
  }

  async function people(): Promise<PrincipalRegistry> {
    const { files, clock, random, ...platform } = memoryPlatform();
    const registry = new PrincipalRegistry({ clock, random });
    const log = await platform.openAppendLog(files, "/people");
    await registry.open(principalJournal({ log, path: "/people", key: new Uint8Array(32), random }));
    for (const [name, branch] of [
      ["ann", "legislative"],
      ["eve", "executive"],
    ] as const)
      await registry.add({ name, role: "admin", branches: [branch], key: keyOf(name), owner: false });
    return registry;
  }

  const signed = (name: string, id: string) => signerOf(name).sign(amendmentStatement(genesis.digest, id));
  const how = { by: "ann", reason: "r", drop: ["FIRST"] };
  const rehearsed = { decisions: 0, changes: 0, upTo: 0, at: 0 };

  it("is refused at boot when an amendment loosens it that the genesis does not allow", async () => {
    const { files } = memoryPlatform();
    const registry = await people();
    const audit = new AuditDouble();
    const loose = await legislature(files, registry, audit, true);
    await loose.open(undefined);
    const { id } = await loose.propose({ rules: [], dimensions: [] }, how);
    await loose.rehearsed(id, rehearsed);
    await loose.sign(id, "ann", signed("ann", id));
    await loose.enact(id);
    await loose.close();
    const again = await legislature(files, registry, audit, true);
    await again.open(undefined);
    expect(again.versions()).toHaveLength(2);
    await again.close();
    const strict = await legislature(files, registry, audit, false);
    await expect(strict.open(undefined)).rejects.toMatchObject({ details: { reason: "it loosens" } });
  });

  it("counts the signatures of legislators alone", async () => {
    const registry = await people();
    const law = await legislature(memoryPlatform().files, registry, new AuditDouble(), true);
    await law.open(undefined);
    const { id } = await law.propose({ rules: [], dimensions: [] }, how);
    await law.rehearsed(id, rehearsed);
    await law.sign(id, "eve", signed("eve", id));
    await expect(law.enact(id)).rejects.toMatchObject({ details: { reason: "it has 0 of 1 signatures" } });
  });
});

describe("a chain whose events were redacted", () => {
  const redact = (audit: AuditDouble, kind: string): void => {
    const at = audit.recorded.findIndex((event) => event.kind === kind);
    audit.recorded[at] = { ...audit.recorded[at], payload: undefined } as never;
  };

  it("boots under the same law, which is kept beside it", async () => {
    const kernel = await lawful();
    await amended(kernel);
    await kernel.stop();
    for (const kind of ["governance.genesis", "governance.amendment"]) redact(kernel.audit, kind);
    const again = await startDouble({ platform: kernel.platform, audit: kernel.audit });
    expect(await again.method("governance.status").call({}, admin)).toMatchObject({ version: 1 });
    await again.stop();
    await kernel.platform.files.remove(`${DIR}/journal/law`);
    const lost = startDouble({ platform: kernel.platform, audit: kernel.audit });
    await expect(lost).rejects.toMatchObject({ code: "GOVERNANCE_LAW_BROKEN" });
  });
});
