/** What every `Approvals` keeps to: single use, bound to what was shown, expiring, durable. */
import type { Approval, ApprovalDraft, Approvals, Defer } from "@weftos/interface";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ManualClock } from "../manual-clock.ts";

/** Approvals under test. */
export interface ApprovalsCase {
  readonly approvals: Approvals;
  /** The clock they run on. */
  readonly clock: ManualClock;
  /** Loses what is not durable and opens them again; undefined for approvals in memory. */
  readonly reopen: (() => Promise<Approvals>) | undefined;
  dispose(): Promise<void>;
}

const MINUTE_MS = 60_000;

const draft: ApprovalDraft = {
  request: {
    action: "fs.remove",
    subject: { kind: "process", id: "7" },
    resource: "/srv/data",
    attributes: { path: "/srv/data", kind: "folder" },
  },
  display: "remove the folder /srv/data",
  input: { path: "/srv/data" },
  rights: { version: 1 },
  agent: "tidy",
};

const defer: Defer = {
  verdict: "defer",
  reason: "removing a folder needs a person",
  rules: [{ id: "GOV-TEST", branch: "judicial", outcome: "defer", severity: "blocking" }],
  policy: "00ff",
  to: "approver",
  quorum: 1,
  expiresMs: MINUTE_MS,
};

/** Declares the suite for one implementation of `Approvals`. */
export function approvalsContract(name: string, implementation: { create(): Promise<ApprovalsCase> }): void {
  describe(`${name} keeps the contract of Approvals`, () => {
    let subject: ApprovalsCase;
    let approvals: Approvals;
    const asked = (change: Partial<ApprovalDraft> = {}, how: Partial<Defer> = {}): Promise<Approval> =>
      approvals.ask({ ...draft, ...change }, { ...defer, ...how });
    const answer = (
      id: string,
      principal = "alice",
      verdict: "approve" | "deny" = "approve",
      from: Approvals = approvals,
    ): Promise<Approval> => from.answer(id, { principal, role: "approver", verdict });
    const granted = async (change: Partial<ApprovalDraft> = {}): Promise<Approval> => answer((await asked(change)).id);

    beforeEach(async () => {
      subject = await implementation.create();
      approvals = subject.approvals;
    });
    afterEach(() => subject.dispose());

    it("asks a question that shows what it is about", async () => {
      const approval = await asked();
      expect(approval).toMatchObject({
        state: "pending",
        request: draft.request,
        agent: "tidy",
        display: draft.display,
        reason: defer.reason,
        rules: ["GOV-TEST"],
        to: "approver",
        quorum: 1,
        stored: true,
        answers: [],
      });
      expect(approval.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(approval.digest).toMatch(/^[0-9a-f]{64}$/);
      expect(approval.expiresAt - approval.createdAt).toBe(MINUTE_MS);
      expect(approvals.find(approval.id)).toEqual(approval);
      expect(approvals.list({ state: "pending" }).map((one) => one.id)).toEqual([approval.id]);
      expect(approvals.list({ state: "approved" })).toEqual([]);
    });

    it("knows nothing of an id that it never gave", async () => {
      const id = "01890000-0000-7000-8000-000000000000";
      expect(approvals.find(id)).toBeUndefined();
      await expect(answer(id)).rejects.toMatchObject({ code: "APPROVAL_NOT_FOUND" });
      await expect(approvals.redeem(id, draft)).rejects.toMatchObject({ code: "APPROVAL_NOT_FOUND" });
      await expect(approvals.wait(id)).rejects.toMatchObject({ code: "APPROVAL_NOT_FOUND" });
    });

    it("approves and lets exactly one call through", async () => {
      const { id } = await granted();
      expect(approvals.find(id)).toMatchObject({
        state: "approved",
        answers: [{ principal: "alice", verdict: "approve" }],
      });
      expect(await approvals.redeem(id, draft)).toMatchObject({ id, state: "used" });
      await expect(approvals.redeem(id, draft)).rejects.toMatchObject({ code: "APPROVAL_USED" });
    });

    it("lets one of two calls at once through", async () => {
      const { id } = await granted();
      const results = await Promise.allSettled([approvals.redeem(id, draft), approvals.redeem(id, draft)]);
      expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
    });

    it("lets nothing through before it is approved, nor after it was denied", async () => {
      const { id } = await asked();
      await expect(approvals.redeem(id, draft)).rejects.toMatchObject({ code: "APPROVAL_NOT_GRANTED" });
      expect((await answer(id, "alice", "deny")).state).toBe("denied");
      await expect(approvals.redeem(id, draft)).rejects.toMatchObject({ code: "APPROVAL_NOT_GRANTED" });
    });

    it.each<[string, Partial<ApprovalDraft>]>([
      ["action", { request: { ...draft.request, action: "fs.write" } }],
      ["subject", { request: { ...draft.request, subject: { kind: "process", id: "8" } } }],
      ["resource", { request: { ...draft.request, resource: "/srv/other" } }],
      ["attributes", { request: { ...draft.request, attributes: { path: "/srv/other", kind: "folder" } } }],
      ["display", { display: "remove nothing" }],
      ["input", { input: { path: "/srv/other" } }],
    ])("binds the answer to the %s that was shown", async (_, change) => {
      const { id } = await granted();
      await expect(approvals.redeem(id, { ...draft, ...change })).rejects.toMatchObject({ code: "APPROVAL_CHANGED" });
      expect(await approvals.redeem(id, draft)).toMatchObject({ state: "used" });
    });

    it("does not bind the answer to the rights, which are asked again", async () => {
      const { id } = await granted();
      expect(await approvals.redeem(id, { ...draft, rights: null })).toMatchObject({ state: "used" });
    });

    it("takes no second answer once it is decided", async () => {
      const { id } = await granted();
      await expect(answer(id, "bob", "deny")).rejects.toMatchObject({ code: "APPROVAL_NOT_PENDING" });
      expect(approvals.find(id)?.state).toBe("approved");
    });

    it("takes no answer from a lesser role", async () => {
      const { id } = await asked();
      const lesser = approvals.answer(id, { principal: "olga", role: "operator", verdict: "approve" });
      await expect(lesser).rejects.toMatchObject({ code: "APPROVAL_ROLE" });
      expect(approvals.find(id)?.state).toBe("pending");
    });

    it("takes no answer from who asked", async () => {
      const own = { ...draft.request, subject: { kind: "principal", id: "alice", role: "admin" } } as const;
      const { id } = await asked({ request: own });
      await expect(answer(id, "alice")).rejects.toMatchObject({ code: "APPROVAL_OWN_REQUEST" });
      expect((await answer(id, "bob")).state).toBe("approved");
    });

    it("ends an approval of what was refused when it was tried, and no other", async () => {
      const approved = await granted();
      const pending = await asked({ display: "another" });
      await approvals.giveUp(approved.id, { ...draft, display: "another" }, "GOVERNANCE_DENIED");
      await approvals.giveUp(pending.id, { ...draft, display: "another" }, "GOVERNANCE_DENIED");
      await approvals.giveUp("none", draft, "GOVERNANCE_DENIED");
      expect([approvals.find(approved.id)?.state, approvals.find(pending.id)?.state]).toEqual(["approved", "pending"]);
      await approvals.giveUp(approved.id, draft, "GOVERNANCE_DENIED");
      await expect(approvals.redeem(approved.id, draft)).rejects.toMatchObject({ code: "APPROVAL_EXPIRED" });
      // The same call made again, which names none.
      const again = { ...draft, display: "again", repeats: true };
      const given = await granted(again);
      const other = await granted({ ...again, display: "other" });
      const taken = await granted({ display: "again" });
      await approvals.giveUp(undefined, again, "GOVERNANCE_DENIED");
      expect([given, other, taken].map(({ id }) => approvals.find(id)?.state)).toEqual([
        "expired",
        "approved",
        "approved",
      ]);
      const reopened = (await subject.reopen?.()) ?? approvals;
      expect(reopened.find(approved.id)?.state).toBe("expired");
      expect(reopened.find(pending.id)?.state).toBe("pending");
    });

    it("counts the answer that somebody gave last: for one run, or for good", async () => {
      const standing = { kind: "child-spec", name: "tidy", document: { module: "tidy.ts" } } as const;
      const say = (id: string, principal: string, forGood: boolean, comment = "") =>
        approvals.answer(id, { principal, role: "approver", verdict: "approve", standing: forGood, comment });
      for (const [first, then, state] of [
        [true, false, "approved"],
        [false, true, "standing"],
      ] as const) {
        const { id } = await asked({ standing }, { quorum: 2 });
        await say(id, "alice", first, "as I see it");
        expect((await say(id, "alice", first)).answers).toMatchObject([{ comment: "as I see it" }]);
        expect(await say(id, "alice", then, "no, rather so")).toMatchObject({
          state: "pending",
          answers: [{ principal: "alice", comment: "no, rather so" }],
        });
        expect((await say(id, "bob", true)).state).toBe(state);
      }
    });

    it("waits for as many different approvers as the quorum says, and for one to deny", async () => {
      const first = await asked({}, { quorum: 2 });
      expect((await answer(first.id, "alice")).state).toBe("pending");
      await answer(first.id, "alice").catch(() => undefined); // refused or ignored, it must not count
      expect(approvals.find(first.id)?.state).toBe("pending");
      expect((await answer(first.id, "bob")).state).toBe("approved");
      const second = await asked({}, { quorum: 2 });
      expect((await answer(second.id, "alice", "deny")).state).toBe("denied");
    });

    it("expires unanswered", async () => {
      const { id } = await asked();
      await subject.clock.advance(MINUTE_MS + 1);
      expect(approvals.find(id)?.state).toBe("expired");
      await expect(answer(id)).rejects.toMatchObject({ code: "APPROVAL_EXPIRED" });
      await expect(approvals.redeem(id, draft)).rejects.toMatchObject({ code: "APPROVAL_EXPIRED" });
    });

    it("expires approved but unused", async () => {
      const { id } = await granted();
      await subject.clock.advance(MINUTE_MS + 1);
      await expect(approvals.redeem(id, draft)).rejects.toMatchObject({ code: "APPROVAL_EXPIRED" });
    });

    it("ends a wait with the answer, and with the expiry", async () => {
      const first = await asked();
      const waited = approvals.wait(first.id);
      expect(approvals.awaited(first.id)).toBe(true);
      await answer(first.id);
      expect(await waited).toMatchObject({ state: "approved" });
      expect(approvals.awaited(first.id)).toBe(false);
      const second = await asked();
      const unanswered = approvals.wait(second.id);
      await subject.clock.advance(MINUTE_MS + 1);
      expect(await unanswered).toMatchObject({ state: "expired" });
    });

    it("ends a wait at once when the answer is there", async () => {
      const { id } = await granted();
      expect(await approvals.wait(id)).toMatchObject({ state: "approved" });
    });

    it("rejects a wait with the reason of its signal, and the question stands", async () => {
      const { id } = await asked();
      const controller = new AbortController();
      const reason = new Error("gone");
      const waited = approvals.wait(id, { signal: controller.signal });
      controller.abort(reason);
      await expect(waited).rejects.toBe(reason);
      expect(approvals.awaited(id)).toBe(false);
      expect(approvals.find(id)?.state).toBe("pending");
    });

    it("opens the stored action, and none of a closure", async () => {
      const stored = await granted();
      expect(await approvals.stored(stored.id)).toMatchObject({ input: draft.input, rights: draft.rights });
      const closure = await granted({ input: undefined });
      expect(closure.stored).toBe(false);
      expect(await approvals.stored(closure.id)).toBeUndefined();
      const standing = { kind: "cron-job", name: "nightly", document: { every: 1 } } as const;
      const recurs = await granted({ standing });
      expect(await approvals.stored(recurs.id)).toMatchObject({ input: draft.input, standing });
    });

    it("gives an approval to the same call made again, once, and to no caller who waits for an answer of its own", async () => {
      const again = { ...draft, repeats: true };
      const pending = await asked({ repeats: true });
      expect(approvals.covering(again)).toBeUndefined();
      await answer(pending.id);
      expect(approvals.covering(again)?.id).toBe(pending.id);
      expect(approvals.covering(draft)).toBeUndefined();
      expect(approvals.covering({ ...again, display: "another" })).toBeUndefined();
      const other = { ...draft.request, subject: { kind: "process", id: "9" } } as const;
      expect(approvals.covering({ ...again, request: other })).toBeUndefined();
      await approvals.redeem(pending.id, again);
      expect(approvals.covering(again)).toBeUndefined();
    });

    it("keeps an approval that somebody waited for to whom it was given", async () => {
      await granted();
      expect(approvals.covering({ ...draft, repeats: true })).toBeUndefined();
    });

    describe("of standing grants", () => {
      const spec = { kind: "child-spec", name: "tidy", document: { module: "tidy.ts", restart: "permanent" } } as const;
      const under: Partial<ApprovalDraft> = { standing: spec };
      const later = { ...draft, ...under, display: "again", input: undefined } satisfies ApprovalDraft;
      const grant = async (principal = "alice", how: Partial<Defer> = {}): Promise<Approval> =>
        approvals.answer((await asked(under, how)).id, {
          principal,
          role: "approver",
          verdict: "approve",
          standing: true,
        });

      it("covers every call under the same document, from any process of its agent", async () => {
        const granted = await grant();
        expect(granted).toMatchObject({ state: "standing", standing: { kind: "child-spec", name: "tidy" } });
        const elsewhere = { ...later, request: { ...later.request, subject: { kind: "process", id: "9" } } } as const;
        for (const call of [later, elsewhere, later]) {
          expect(approvals.covering(call)?.id).toBe(granted.id);
          expect(await approvals.redeem(granted.id, call)).toMatchObject({ state: "standing" });
        }
        expect(approvals.list({ state: "standing" }).map((one) => one.id)).toEqual([granted.id]);
      });

      it.each<[string, Partial<ApprovalDraft>]>([
        ["document", { standing: { ...spec, document: { ...spec.document, restart: "transient" } } }],
        ["name", { standing: { ...spec, name: "other" } }],
        ["kind", { standing: { ...spec, kind: "manifest" } }],
        ["action", { request: { ...draft.request, action: "fs.write" } }],
        ["resource", { request: { ...draft.request, resource: "/srv/other" } }],
        ["agent", { agent: "other" }],
        ["effect", { effect: { risk: 0.9, fairness: 0, privacy: 0, novelty: 0, security: 0 } }],
        ["lack of a document", { standing: undefined }],
      ])("does not cover another %s", async (_, change) => {
        const { id } = await grant();
        expect(approvals.covering({ ...later, ...change })).toBeUndefined();
        await expect(approvals.redeem(id, { ...later, ...change })).rejects.toMatchObject({ code: "APPROVAL_CHANGED" });
      });

      it("is given only where the question offers it, and only when every approver chose it", async () => {
        const plain = await asked();
        const wrong = approvals.answer(plain.id, {
          principal: "alice",
          role: "approver",
          verdict: "approve",
          standing: true,
        });
        await expect(wrong).rejects.toMatchObject({ code: "APPROVAL_NOT_STANDING" });
        const first = await grant("alice", { quorum: 2 });
        expect(first.state).toBe("pending");
        expect(await answer(first.id, "bob")).toMatchObject({ state: "approved" });
        expect(approvals.covering(later)).toBeUndefined();
      });

      it("covers nothing once it is revoked, by an approver", async () => {
        const { id } = await grant();
        const lesser = approvals.revoke(id, { principal: "olga", role: "operator" });
        await expect(lesser).rejects.toMatchObject({ code: "APPROVAL_ROLE" });
        const revoked = await approvals.revoke(id, { principal: "bob", role: "approver", comment: "too much" });
        expect(revoked).toMatchObject({ state: "revoked", revoked: { principal: "bob", comment: "too much" } });
        expect(approvals.covering(later)).toBeUndefined();
        await expect(approvals.redeem(id, later)).rejects.toMatchObject({ code: "APPROVAL_NOT_GRANTED" });
        await expect(approvals.revoke(id, { principal: "bob", role: "approver" })).rejects.toMatchObject({
          code: "APPROVAL_NOT_STANDING",
        });
      });

      it("holds, for what the kernel goes on with under it, until it is revoked", async ({ skip }) => {
        const [kept, taken] = [await grant(), await grant()];
        expect([approvals.holds(kept.id), approvals.holds(taken.id)]).toEqual([true, true]);
        await approvals.revoke(taken.id, { principal: "bob", role: "approver" });
        expect([approvals.holds(kept.id), approvals.holds(taken.id)]).toEqual([true, false]);
        skip(subject.reopen === undefined, "the approvals live in memory");
        const after = await subject.reopen?.();
        expect([after?.holds(kept.id), after?.holds(taken.id)]).toEqual([true, false]);
      });

      it("outlives the question's expiry, and a crash; so does its revocation", async ({ skip }) => {
        const kept = await grant();
        const taken = await grant();
        await approvals.revoke(taken.id, { principal: "bob", role: "approver" });
        await subject.clock.advance(MINUTE_MS * 2);
        expect(approvals.covering(later)?.id).toBe(kept.id);
        skip(subject.reopen === undefined, "the approvals live in memory");
        const after = await subject.reopen?.();
        expect(after?.covering(later)?.id).toBe(kept.id);
        expect(after?.find(taken.id)).toMatchObject({ state: "revoked" });
        expect(await after?.redeem(kept.id, later)).toMatchObject({ state: "standing" });
      });
    });

    it("holds, for what the kernel goes on with, also when it was used and when it is forgotten, but not denied", async () => {
      const used = await granted();
      await approvals.redeem(used.id, draft);
      const denied = await asked();
      await answer(denied.id, "alice", "deny");
      const held = [used.id, "0190a5e0-0000-7000-8000-000000000000", denied.id].map((id) => approvals.holds(id));
      expect(held).toEqual([true, true, false]);
    });

    it("keeps questions, answers, uses and stored actions through a crash", async ({ skip }) => {
      skip(subject.reopen === undefined, "the approvals live in memory");
      const pending = await asked();
      const approved = await granted();
      const used = await granted();
      await approvals.redeem(used.id, draft);
      const after = await subject.reopen?.();
      if (after === undefined) return;
      expect(after.find(pending.id)).toMatchObject({ state: "pending", digest: pending.digest });
      expect(after.find(approved.id)).toMatchObject({ state: "approved" });
      expect(await after.stored(approved.id)).toMatchObject({ input: draft.input, rights: draft.rights });
      await expect(after.redeem(used.id, draft)).rejects.toMatchObject({ code: "APPROVAL_USED" });
      expect((await answer(pending.id, "alice", "approve", after)).state).toBe("approved");
      expect(await after.redeem(approved.id, draft)).toMatchObject({ state: "used" });
    });
  });
}
