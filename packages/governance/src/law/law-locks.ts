/**
 * What a proposal would newly forbid of the acts that keep a law alive: changing it, answering questions, making people known. Only
 * an amendment can take an amendment back, so what forbids these is told before, and wanted in so many words. Judged under the law
 * alone, as whoever may do it now would do it: in each environment, at each time from which a rule holds or holds no more.
 *
 * Limits: looks at 64 people for an act; a rule about what was accumulated, about facts that only some calls have, or that asks for
 * too short a time, is not seen.
 */
import type {
  ActionCatalogue,
  ActionDeclaration,
  ActionRequest,
  Branch,
  Defer,
  Principal,
  Role,
  Subject,
} from "@weftos/interface";
import { compilePolicy, type DecisionEngine, isUnjudged } from "../decision/decision-engine.ts";
import type { Facts } from "../decision/facts.ts";
import type { Environment } from "../environment/environment.ts";
import type { Policy } from "../policy/policy.ts";
import type { PrincipalRegistry } from "../principal/principal-registry.ts";
import { AmendmentLocksError } from "./law-errors.ts";
import type { Lock } from "./lock.ts";

/** What locks are judged by. */
export interface LocksInit {
  readonly before: Policy;
  readonly after: Policy;
  readonly environments: readonly Environment[];
  /** Tells of a law which of its rules may put a question. */
  readonly mayAsk: (law: Policy) => (rule: string) => boolean;
  readonly registry: Pick<PrincipalRegistry, "list">;
  readonly catalogue: Pick<ActionCatalogue, "find">;
}

type Who = "kernel" | { readonly branch?: Branch; readonly roles: readonly Role[] };

const ranks: readonly Role[] = ["viewer", "operator", "approver", "admin"];
const operators: readonly Role[] = ["operator", "approver", "admin"];
const approvers: readonly Role[] = ["approver", "admin"];
const admins: readonly Role[] = ["admin"];
const legislators: Who = { branch: "legislative", roles: operators };

/** Without these nobody could take an amendment back. */
const AMENDING: Readonly<Record<string, Who>> = {
  "amendment.propose": legislators,
  "amendment.rehearse": legislators,
  "amendment.sign": { roles: operators },
  "amendment.enact": { branch: "legislative", roles: admins },
};

const KEEPING: Readonly<Record<string, Who>> = {
  ...AMENDING,
  "approval.answer": { branch: "executive", roles: approvers },
  "approval.revoke": { branch: "executive", roles: approvers },
  "principal.add": { roles: admins },
  "principal.revoke": { roles: admins },
  "principal.rotate": { roles: admins },
  "principal.token": { roles: admins },
  "environment.switch": { branch: "executive", roles: admins },
  "judicial.lift": { branch: "judicial", roles: operators },
  "kernel.stop": { roles: admins },
  "process.stop": { roles: operators },
  "process.spawn": "kernel",
};

const ID = "0".repeat(64);
/** What each call says of itself. */
const ATTRIBUTES: Readonly<Record<string, ActionRequest["attributes"]>> = {
  "amendment.propose": { branch: "legislative", reason: "", rules: 1, drop: 0, digest: ID },
  "amendment.rehearse": { branch: "legislative", amendment: ID },
  "amendment.sign": { amendment: ID, principal: "" },
  "amendment.enact": { branch: "legislative", amendment: ID, number: 1, loosens: 0 },
  "approval.answer": { verdict: "approve", asked: "", digest: ID },
  "approval.revoke": { asked: "", digest: ID },
  "principal.add": { name: "", role: "admin", branches: "", key: ID, owner: false },
  "principal.revoke": { name: "" },
  "principal.rotate": { name: "", key: ID },
  "principal.token": { name: "" },
  "environment.switch": { branch: "executive", name: "" },
  "judicial.lift": { branch: "judicial", rule: "" },
};

const MAX_PEOPLE = 64;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Finds them. */
export function locksOf(init: LocksInit): readonly Lock[] {
  const { before, after, mayAsk, registry, catalogue } = init;
  const places = init.environments.map((environment) => ({
    environment: environment.name,
    current: compilePolicy(before, environment, mayAsk(before)),
    next: compilePolicy(after, environment, mayAsk(after)),
  }));
  const times = timesOf([before, after]);
  return Object.entries(KEEPING).flatMap(([action, who]) => {
    const declaration = catalogue.find(action);
    if (declaration === undefined) return [];
    const people = registry.list();
    const subjects = subjectsOf(people, who);
    const rules = new Set<string>();
    const where = new Set<string>();
    let always = true;
    for (const { environment, current, next } of places) {
      for (const time of times) {
        const asked = { action, declaration, subjects, people, time };
        const shut = refusals(next, asked);
        if (shut?.denied !== true) always = false;
        if (shut === undefined || refusals(current, asked) !== undefined) continue;
        where.add(environment);
        for (const rule of shut.rules) rules.add(rule);
      }
    }
    return where.size === 0 ? [] : [{ action, rules: [...rules].sort(), environments: [...where], always }];
  });
}

/** An act, by whom and when. */
interface Probe {
  readonly action: string;
  readonly declaration: ActionDeclaration;
  readonly subjects: readonly Subject[];
  readonly people: readonly Principal[];
  readonly time: number;
}

/**
 * Names the rules by which none of them may do it, and tells whether it is denied, or asks of whom nobody could answer; undefined when
 * one of them may, or it takes other facts to tell.
 */
function refusals(
  engine: DecisionEngine,
  { action, declaration, subjects, people, time }: Probe,
): { readonly rules: readonly string[]; readonly denied: boolean } | undefined {
  const matched = new Set<string>();
  let denied = true;
  for (const subject of subjects) {
    const decision = engine.decide(requestOf(action, subject), declaration, factsAt(time));
    if (decision.verdict === "permit" || isUnjudged(decision)) return undefined;
    if (decision.verdict === "defer") {
      if (subject.kind === "kernel" || isAnswerable(decision, subject, people)) return undefined;
      denied = false;
    }
    for (const { id, outcome } of decision.rules) if (outcome === "deny" || outcome === "defer") matched.add(id);
  }
  return { rules: [...matched], denied };
}

/** Whether enough of those who are known could answer who asks; while nobody is known, the host vouches for them. */
function isAnswerable({ to, approvers, quorum }: Defer, asker: Subject, people: readonly Principal[]): boolean {
  const may = people.filter(
    ({ name, state, role, branches }) =>
      state === "active" &&
      branches.includes("executive") &&
      ranks.indexOf(role) >= ranks.indexOf(to) &&
      approvers?.includes(name) !== false &&
      name !== asker.id,
  );
  return people.length === 0 || may.length >= quorum;
}

/** Checks that locks are wanted, and can be undone. @throws `GOVERNANCE_AMENDMENT_LOCKS` */
export function checkLocks(amendment: string, locks: readonly Lock[], wanted: boolean): void {
  const forGood = locksForGood(locks);
  if (!forGood && (wanted || locks.length === 0)) return;
  const which = locks
    .map(({ action, rules }) => (rules.length === 0 ? action : `${action} (${rules.join(", ")})`))
    .join(", ");
  const why = forGood
    ? "it forbids amending for good, so that nobody could ever take it back"
    : "that it does so must be said with `locks`";
  throw new AmendmentLocksError(`${amendment.slice(0, 16)} newly forbids ${which}: ${why}`, {
    details: { amendment, locks, forGood },
  });
}

/** Whether nobody could ever take the amendment back. */
export function locksForGood(locks: readonly Lock[]): boolean {
  return locks.some(({ action, always }) => always && Object.hasOwn(AMENDING, action));
}

/** Whoever may do it now; where that is nobody, somebody who could be made known. */
function subjectsOf(people: readonly Principal[], who: Who): readonly Subject[] {
  if (who === "kernel") return [{ kind: "kernel", id: "0" }];
  const { branch, roles } = who;
  const may = people
    .filter(({ state, role }) => state === "active" && roles.includes(role))
    .filter(({ branches }) => branch === undefined || branches.includes(branch))
    .slice(0, MAX_PEOPLE)
    .map(({ name, role }): Subject => ({ kind: "principal", id: name, role }));
  return may.length > 0 ? may : [{ kind: "principal", id: "anybody", role: "admin" }];
}

function requestOf(action: string, subject: Subject) {
  return {
    action,
    subject,
    resource: `${action.split(".")[0]}:0000000000000000`,
    attributes: ATTRIBUTES[action] ?? {},
  };
}

function factsAt(time: number): Facts {
  return { now: () => time, account: () => undefined, accumulated: () => ({}), process: () => undefined };
}

/** The minutes of a week at which a rule begins or ceases to hold, milliseconds UTC; in between nothing changes. */
function timesOf(laws: readonly Policy[]): readonly number[] {
  const windows = laws.flatMap(({ rules }) => rules.flatMap(({ condition }) => condition.time ?? []));
  if (windows.length === 0) return [0];
  const minutes = new Set([0]);
  for (const { from, to } of windows) for (const one of [from, to]) if (one !== undefined) minutes.add(minuteOf(one));
  return [0, 1, 2, 3, 4, 5, 6].flatMap((day) => [...minutes].map((minute) => day * DAY_MS + minute * MINUTE_MS));
}

function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}
