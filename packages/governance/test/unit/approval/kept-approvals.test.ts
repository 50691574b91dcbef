// What is remembered of approvals that have ended: a grant that was taken back must never come to life again.
import type { Approval } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import type { ApprovalEntry } from "../../../src/approval/approval-record.ts";
import { KeptApprovals } from "../../../src/approval/kept-approvals.ts";

function entry(id: string, state: Approval["state"]): ApprovalEntry {
  const request = { action: "a.b", subject: { kind: "kernel", id: "0" }, resource: "", attributes: {} } as const;
  const numbers = { quorum: 1, createdAt: 0, expiresAt: 1 };
  const texts = { display: "", reason: "", digest: "", to: "approver" } as const;
  const approval = {
    id,
    state,
    request,
    agent: undefined,
    rules: [],
    stored: false,
    answers: [],
    ...texts,
    ...numbers,
  };
  return { approval, account: undefined, sealed: undefined };
}

describe("what has ended", () => {
  it("is forgotten by and by, and no grant that was taken back for what else ends", () => {
    const kept = new KeptApprovals(10);
    kept.put(entry("grant", "standing"), entry("grant", "revoked"));
    kept.put(undefined, entry("first", "denied"));
    for (let n = 0; n < 1001; n++) kept.put(undefined, entry(`d${n}`, n % 2 === 0 ? "denied" : "used"));
    expect(kept.get("first")).toBeUndefined();
    expect(kept.get("grant")?.approval.state).toBe("revoked");
    expect(kept.size).toBe(1001);
  });

  it("is known to be taken back, also when it is forgotten itself", () => {
    const kept = new KeptApprovals(10);
    for (let n = 0; n < 1002; n++) kept.put(entry(`g${n}`, "standing"), entry(`g${n}`, "revoked"));
    expect([kept.size, kept.get("g0"), kept.tookBack("g0"), kept.tookBack("other")]).toEqual([
      1000,
      undefined,
      true,
      false,
    ]);
    for (let n = 0; n < 100_000; n++) kept.takeBack(`later${n}`);
    expect([kept.tookBack("g0"), kept.tookBack("later0")]).toEqual([false, true]);
  });
});
