import { describe, expect, it } from "vitest";
import { applyPrincipal, type PrincipalEntry, type PrincipalRecord } from "../../../src/principal/principal-record.ts";

const added: PrincipalRecord = {
  type: "added",
  name: "ann",
  role: "approver",
  branches: ["judicial", "executive", "executive"],
  key: "11".repeat(32),
  owner: false,
  at: 1,
};
const after = (...records: readonly PrincipalRecord[]): PrincipalEntry | undefined => {
  let entry: PrincipalEntry | undefined;
  for (const record of records) {
    entry = applyPrincipal(entry, record);
    if (entry === undefined) return undefined;
  }
  return entry;
};
const token: PrincipalRecord = { type: "token", name: "ann", hash: "h", at: 2 };
const revoked: PrincipalRecord = { type: "revoked", name: "ann", at: 3 };
const rotated: PrincipalRecord = { type: "rotated", name: "ann", key: "22".repeat(32), at: 4 };

describe("the records of a principal", () => {
  it("make it, with each branch once", () => {
    expect(after(added)?.principal).toMatchObject({
      state: "active",
      branches: ["executive", "judicial"],
      keySince: 1,
    });
  });

  it("give it a token, and a new key, which ends the token and keeps the old key", () => {
    expect(after(added, rotated, token)).toMatchObject({ token: "h", tokenAt: 2 });
    const entry = after(added, token, rotated);
    expect(entry).toMatchObject({ token: undefined, tokenAt: 2 });
    expect(entry?.principal).toMatchObject({ keySince: 4, formerKeys: [{ key: "11".repeat(32), until: 4 }] });
  });

  it("end it for good: its token with it, and nothing follows", () => {
    expect(after(added, token, revoked)).toMatchObject({ token: undefined, principal: { state: "revoked" } });
    for (const record of [added, token, revoked, rotated]) expect(after(added, revoked, record)).toBeUndefined();
  });

  it("begin with its making, which comes once", () => {
    for (const record of [token, revoked, rotated]) expect(after(record)).toBeUndefined();
    expect(after(added, added)).toBeUndefined();
  });
});
