import type { ActionDeclaration, ActionRequest, Decision, Gate, Subject } from "@weftos/interface";
import { describe, expect, test } from "vitest";
import { joinDecisions } from "../../../src/guard/compose-decision.ts";
import { decideBy } from "../../../src/guard/decide.ts";
import { DecisionCache } from "../../../src/guard/decision-cache.ts";
import { defer, deny, gateOf, permit } from "../../fake-features.ts";

const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, enabled: () => false };
const declaration: ActionDeclaration = {
  name: "a.b",
  description: "",
  effect: { risk: 0, fairness: 0, privacy: 0, novelty: 0, security: 0 },
  audit: "none",
  rights: [],
  role: "viewer",
};
const request = (id = "1", action = "a.b", kind: Subject["kind"] = "process"): ActionRequest => ({
  action,
  subject: { kind, id },
  resource: "r",
  attributes: {},
});

describe("the decision of all gates", () => {
  test("is a deny by default when there is no gate", () => {
    expect(decideBy([], silent)(request(), declaration)).toMatchObject({ verdict: "deny", by: "default" });
  });

  test.each<[string, Decision[], Decision["verdict"]]>([
    ["deny beats defer and permit", [permit(), defer(), deny()], "deny"],
    ["defer beats permit", [permit(), defer(), permit()], "defer"],
    ["permit only when all permit", [permit(), permit()], "permit"],
  ])("%s, in any order", (_name, decisions, verdict) => {
    for (const order of [decisions, decisions.toReversed()]) {
      const gates = order.map((decision) => gateOf(() => decision));
      expect(decideBy(gates, silent)(request(), declaration).verdict).toBe(verdict);
    }
  });

  test("keeps the strictest terms of two defers and the highest audit level of two permits", () => {
    const a = { ...defer(), to: "admin", quorum: 1, expiresMs: 5 } as Decision;
    const b = { ...defer(), to: "approver", quorum: 2, expiresMs: 9 } as Decision;
    expect(joinDecisions(a, b)).toMatchObject({ to: "admin", quorum: 2, expiresMs: 5 });
    expect(joinDecisions(permit({ audit: "digest" }), permit({ audit: "durable" }))).toMatchObject({
      audit: "durable",
    });
    expect(joinDecisions(permit(), permit({ cacheable: false }))).toMatchObject({ cacheable: false });
  });

  test("keeps what each gate says of the request, whichever verdicts they come to: rules, policy, account, warnings, level", () => {
    const of = (id: string) => ({ id, branch: "executive", outcome: "warn", severity: "warning" }) as const;
    const verdicts: ((more: object) => Decision)[] = [
      (more) => ({ ...permit(), ...more }) as Decision,
      (more) => ({ ...defer(), ...more }) as Decision,
      (more) => ({ ...deny(), ...more }) as Decision,
    ];
    for (const plain of verdicts)
      for (const told of verdicts) {
        const says = { rules: [of("B")], policy: "00ff", account: "agent:x", warnings: ["mind"], audit: "durable" };
        const one = plain({ rules: [of("A")], policy: "", warnings: [], audit: undefined });
        for (const joined of [joinDecisions(one, told(says)), joinDecisions(told(says), one)]) {
          expect(joined.rules.map(({ id }) => id).toSorted()).toEqual(["A", "B"]);
          expect(joined).toMatchObject({ policy: "00ff", account: "agent:x" });
          if (joined.verdict !== "deny") expect(joined).toMatchObject({ warnings: ["mind"], audit: "durable" });
        }
      }
    const [ann, bob] = ["ann", "bob"].map(
      (name) => ({ ...defer(), approvers: [name], account: "agent:x" }) as Decision,
    );
    expect(joinDecisions(ann as Decision, bob as Decision)).toMatchObject({ verdict: "deny", account: "agent:x" });
  });

  test("suspends when any denying gate wants it", () => {
    expect(joinDecisions(deny(), deny({ suspend: true }))).toMatchObject({ suspend: true });
  });

  test("a gate that throws, or gives no verdict, denies", () => {
    const broken = gateOf(() => {
      throw new Error("bug");
    });
    const mute = gateOf(() => ({}) as Decision);
    for (const gate of [broken, mute]) {
      expect(decideBy([gateOf(() => permit()), gate], silent)(request(), declaration).verdict).toBe("deny");
    }
  });

  test("asks once for a cacheable permit of one subject and action, until a gate's version grows", () => {
    let asked = 0;
    const gate = gateOf(() => {
      asked++;
      return permit();
    });
    const decide = decideBy([gate, gateOf(() => permit())], silent);
    decide(request(), declaration);
    decide(request(), declaration);
    expect(asked).toBe(1);
    decide(request("2"), declaration);
    decide(request("1", "a.c"), declaration);
    expect(asked).toBe(3);
    gate.version = 2;
    decide(request(), declaration);
    expect(asked).toBe(4);
  });

  test("never remembers a permit that is not cacheable, a defer or a deny", () => {
    const answers = [permit({ cacheable: false }), defer(), deny()];
    for (const answer of answers) {
      let asked = 0;
      const counting = gateOf(() => {
        asked++;
        return answer;
      });
      const decide = decideBy([counting], silent);
      decide(request(), declaration);
      decide(request(), declaration);
      expect(asked).toBe(2);
    }
  });

  test("does not remember a permit made while the version moved", () => {
    let asked = 0;
    const gate: Gate & { version: number } = gateOf(() => {
      asked++;
      gate.version++;
      return permit();
    });
    const decide = decideBy([gate], silent);
    decide(request(), declaration);
    decide(request(), declaration);
    expect(asked).toBe(2);
  });
});

describe("the cache of permits", () => {
  test("keeps kinds of subjects apart, and a principal's roles", () => {
    const cache = new DecisionCache();
    cache.find({ kind: "process", id: "1" }, "a", 1);
    cache.remember({ kind: "process", id: "1" }, "a", permit());
    cache.remember({ kind: "principal", id: "x", role: "admin" }, "a", permit());
    expect(cache.find({ kind: "node", id: "1" }, "a", 1)).toBeUndefined();
    expect(cache.find({ kind: "principal", id: "x", role: "viewer" }, "a", 1)).toBeUndefined();
    expect(cache.find({ kind: "principal", id: "x", role: "admin" }, "a", 1)).toBeDefined();
  });

  test("finds lately found ones again, by value and not by object, until they are replaced or forgotten", () => {
    const cache = new DecisionCache();
    const asker = { kind: "process", id: "1" } as { kind: "process" | "node"; id: string };
    const first = permit();
    const second = permit();
    cache.find(asker, "a", 1);
    cache.remember(asker, "a", first);
    expect([cache.find(asker, "a", 1), cache.find({ ...asker }, "a", 1)]).toEqual([first, first]);
    asker.id = "9";
    expect(cache.find(asker, "a", 1)).toBeUndefined();
    asker.id = "1";
    asker.kind = "node";
    expect(cache.find(asker, "a", 1)).toBeUndefined();
    cache.remember({ kind: "process", id: "1" }, "a", second);
    expect(cache.find({ kind: "process", id: "1" }, "a", 1)).toBe(second);
    expect(cache.find({ kind: "process", id: "1" }, "a", 2)).toBeUndefined();
    expect(cache.find({ kind: "process", id: "1" }, "a", 2)).toBeUndefined();
  });

  test("forgets a subject that is gone, and no other", () => {
    const cache = new DecisionCache();
    const gone = { kind: "process", id: "1" } as const;
    cache.find(gone, "a", 1);
    for (const action of ["a", "b"]) cache.remember(gone, action, permit());
    cache.remember({ kind: "process", id: "2" }, "a", permit());
    expect(cache.find(gone, "a", 1)).toBeDefined();
    cache.forget(gone);
    cache.forget(gone);
    expect(cache.size).toBe(1);
    expect(cache.find(gone, "a", 1)).toBeUndefined();
    expect(cache.find({ kind: "process", id: "2" }, "a", 1)).toBeDefined();
  });

  test("holds no more than its bound and drops the subject that came first", () => {
    const cache = new DecisionCache(3);
    cache.find({ kind: "process", id: "0" }, "a", 1);
    for (let id = 0; id < 5; id++) cache.remember({ kind: "process", id: String(id) }, "a", permit());
    expect(cache.size).toBe(3);
    expect(cache.find({ kind: "process", id: "0" }, "a", 1)).toBeUndefined();
    expect(cache.find({ kind: "process", id: "4" }, "a", 1)).toBeDefined();
    cache.remember({ kind: "node", id: "n" }, "a", permit());
    expect(cache.size).toBe(1);
  });
});
