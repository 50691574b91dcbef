// What a boot checks of an amendment that is law already: each thing that may be wrong with it alone.
import { toHex } from "@weftos/crypto";
import { describe, expect, it } from "vitest";
import { makePolicy } from "../../../src/index.ts";
import { amendmentDigest, amendmentOf } from "../../../src/law/amendment.ts";
import { anchorAmendment } from "../../../src/law/amendment-event.ts";
import { type AmendmentContext, checkAmendment } from "../../../src/law/check-amendment.ts";
import { diffDetail } from "../../../src/law/law-diff.ts";
import type { Proposal } from "../../../src/law/law-record.ts";
import { amendmentStatement } from "../../../src/principal/statement.ts";
import { AuditDouble } from "../../kernel-double.ts";
import { keyOf, signerOf } from "../../people.ts";
import { rule } from "../decision/subject-of-tests.ts";

const genesis = makePolicy([rule("FIRST")]);
const after = makePolicy([rule("FIRST"), rule("SECOND", { condition: { actions: ["x.y"] } })]);
const CHAIN = "c0ffee";

interface Change {
  readonly number?: number;
  readonly chain?: string;
  readonly genesis?: string;
  readonly before?: typeof genesis;
  readonly after?: typeof genesis;
  readonly signers?: readonly string[];
  readonly quorum?: number;
}

function enacted(audit: AuditDouble, change: Change = {}): Proposal {
  const { number = 1, chain = CHAIN, signers = ["ann"], quorum = 1 } = change;
  const amendment = amendmentOf({
    number,
    chain,
    genesis: change.genesis ?? genesis.digest,
    before: change.before ?? genesis,
    after: change.after ?? after,
    reason: "we learned",
  });
  const id = amendmentDigest(amendment);
  const statement = amendmentStatement(genesis.digest, id);
  const signatures = signers.map((principal) => ({
    principal,
    signature: toHex(signerOf(principal).sign(statement)),
    key: keyOf(principal),
    at: 0,
  }));
  const proposal: Proposal = { id, amendment, by: "ann", at: 0, rehearsal: undefined, signatures, enacted: undefined };
  const { anchor } = anchorAmendment(audit, proposal, change.after ?? after, quorum);
  return { ...proposal, enacted: { anchor, quorum, at: 0 } };
}

function contextOf(audit: AuditDouble, more: Partial<AmendmentContext> = {}): AmendmentContext {
  const registry: AmendmentContext["registry"] = {
    verifyWith: (name, key, statement, signature) =>
      key === keyOf(name) && toHex(signerOf(name).sign(statement)) === toHex(signature),
  };
  const before = { number: 0, policy: genesis };
  return { audit, registry, genesis: genesis.digest, chain: CHAIN, amendable: false, before, ...more };
}

describe("an amendment that is law", () => {
  it("gives the law after it when everything holds", () => {
    const audit = new AuditDouble();
    expect(checkAmendment(enacted(audit), contextOf(audit)).digest).toBe(after.digest);
  });

  it.each<[string, Change, Partial<AmendmentContext>, string]>([
    ["leaves a number out", { number: 3 }, {}, "it follows version 0"],
    ["comes a second time", {}, { before: { number: 1, policy: genesis } }, "it follows version 1"],
    ["cites another genesis", { genesis: after.digest }, {}, "it cites another genesis"],
    ["cites another predecessor", { before: makePolicy([]) }, {}, "it cites another predecessor"],
    ["was signed for another chain", { chain: "decaf" }, {}, "it was signed for another chain"],
    ["loosens", { after: makePolicy([]) }, {}, "it loosens"],
    ["has a signature too few", { quorum: 2 }, {}, "1 of 2 signatures hold"],
    ["was signed by nobody", { signers: [] }, {}, "0 of 1 signatures hold"],
    ["has a signature that does not hold", {}, { registry: { verifyWith: () => false } }, "0 of 1 signatures hold"],
  ])("is refused when it %s", (_what, change, more, reason) => {
    const audit = new AuditDouble();
    const proposal = enacted(audit, change);
    expect(() => checkAmendment(proposal, contextOf(audit, more))).toThrow(
      expect.objectContaining({ code: "GOVERNANCE_LAW_BROKEN", details: expect.objectContaining({ reason }) }),
    );
  });

  it("is refused when the chain has it elsewhere, or another one in its place", () => {
    const proposal = enacted(new AuditDouble());
    const elsewhere = new AuditDouble();
    elsewhere.append({ source: "t", kind: "t.t", actor: {}, payload: {} });
    for (const audit of [elsewhere, new AuditDouble(true, 9)])
      expect(() => checkAmendment(proposal, contextOf(audit))).toThrow(
        expect.objectContaining({ details: { number: 1, reason: "the chain has another event for it" } }),
      );
  });

  it("may loosen where the genesis says so, and stands in a chain that succeeds its own", () => {
    const audit = new AuditDouble();
    const loose = enacted(audit, { after: makePolicy([]) });
    expect(checkAmendment(loose, contextOf(audit, { amendable: true })).rules).toEqual([]);
    const next = new AuditDouble(true, 9);
    next.continues = { chain: "old", sequence: 1, head: "h" } as never;
    expect(checkAmendment(enacted(audit), contextOf(next, { chain: "another" })).digest).toBe(after.digest);
  });
});

describe("the difference of two laws", () => {
  it("names rules that came and went, and of changed ones the parts that differ, with what loosens", () => {
    const changed = rule("FIRST", { description: "in other words", condition: { actions: ["x.y"] } });
    const detail = diffDetail(genesis, makePolicy([changed, rule("THIRD")]));
    expect(detail).toMatchObject({
      from: genesis.digest,
      added: [{ id: "THIRD" }],
      removed: [],
      changed: [
        {
          id: "FIRST",
          parts: [
            { part: "description", before: '"the rule FIRST"', after: '"in other words"' },
            { part: "condition", before: "{}", after: '{"actions":["x.y"]}' },
          ],
        },
      ],
      loosens: [{ rule: "FIRST", why: "it restricts, under a narrower or another condition" }],
    });
    expect(diffDetail(makePolicy([changed, rule("THIRD")]), genesis).removed).toMatchObject([{ id: "THIRD" }]);
    const switched = diffDetail(genesis, makePolicy([rule("FIRST", { sopCategory: "finance" })]));
    expect(switched.changed[0]?.parts).toEqual([{ part: "sopCategory", before: undefined, after: '"finance"' }]);
  });
});
