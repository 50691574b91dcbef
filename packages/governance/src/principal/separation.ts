/** Keeps the branches apart: who acts for one must hold it, and prove who they are. */
import type { Branch, Principal, Role } from "@weftos/interface";
import { BranchError, SignatureError } from "./principal-errors.ts";
import type { PrincipalRegistry } from "./principal-registry.ts";
import { type ConsentStatement, consentStatement } from "./statement.ts";

/** Who says something, as a wire or a host gives it. */
export interface Claim {
  readonly principal: string;
  readonly role: Role;
  readonly signature?: Uint8Array | undefined;
}

/**
 * Gives the role of an approver: of a known principal its own, proven by its signature. While nobody is known the host
 * vouches.
 *
 * @throws `GOVERNANCE_PRINCIPAL_UNKNOWN`, `GOVERNANCE_BRANCH`, `GOVERNANCE_SIGNATURE`
 */
export function proveApprover(registry: PrincipalRegistry, claim: Claim, statement: Uint8Array): Role {
  // A signature is never taken on trust: without anybody known it can be nobody's.
  if (!registry.known && claim.signature === undefined) return claim.role;
  const { role } = proveSigned(registry, claim, statement, "executive", "the answer");
  return role;
}

/** Gives the principal that signed in the name of a branch. @throws as `proveApprover` */
export function proveSigned(
  registry: PrincipalRegistry,
  { principal, signature }: Pick<Claim, "principal" | "signature">,
  statement: Uint8Array,
  branch: Branch,
  over: string,
): Principal {
  const found = holderOf(registry, principal, branch);
  if (signature !== undefined && registry.verify(principal, statement, signature)) return found;
  const what = signature === undefined ? "got none" : "got another signature";
  throw new SignatureError(`expected the signature of ${principal} over ${over}, ${what}`, {
    details: { principal, over },
  });
}

/** Gives an active principal that holds a branch. @throws `GOVERNANCE_PRINCIPAL_UNKNOWN`, `GOVERNANCE_BRANCH` */
export function holderOf(registry: PrincipalRegistry, name: string, branch: Branch): Principal {
  const found = registry.active(name);
  if (found.branches.includes(branch)) return found;
  const holds = found.branches.length === 0 ? "none" : found.branches.join(", ");
  throw new BranchError(`this belongs to the ${branch} branch, and ${name} holds ${holds}`, {
    details: { principal: name, branch, holds: found.branches },
  });
}

/**
 * Checks that somebody may change what another principal is or holds: nobody hands out, takes over or takes away a branch
 * that they do not hold themselves, unless nobody holds it yet.
 *
 * @throws `GOVERNANCE_PRINCIPAL_UNKNOWN`, `GOVERNANCE_BRANCH`
 */
export function checkMayChange(registry: PrincipalRegistry, by: string, branches: readonly Branch[]): void {
  for (const branch of branches) if (registry.ofBranch(branch).length > 0) holderOf(registry, by, branch);
}

/** How long a consent holds. */
const CONSENT_MS = 86_400_000;
/** How far the clock of who consents may be ahead. */
const AHEAD_MS = 300_000;

/** Somebody's consent to a change of who is known. */
export interface Consent {
  readonly principal: string;
  /** When it was signed, milliseconds UTC. */
  readonly at: number;
  readonly signature: Uint8Array;
}

/** Those whose consent to one change is given now. */
export class Consents {
  readonly #names: ReadonlySet<string>;
  readonly #proven: readonly Consent[];

  /** @param by - who makes the change, and so consents to it */
  constructor(
    registry: PrincipalRegistry,
    by: string,
    given: {
      readonly of: Omit<ConsentStatement, "at">;
      readonly consents: readonly Consent[];
      readonly now: number;
      /** Consents of then or before were for an earlier change, milliseconds UTC. */
      readonly after?: number | undefined;
    },
  ) {
    const { of, consents, now, after = -1 } = given;
    const proven = consents.filter(
      ({ principal, at, signature }) =>
        at > after &&
        now - at <= CONSENT_MS &&
        at - now <= AHEAD_MS &&
        registry.verify(principal, consentStatement({ ...of, at }), signature),
    );
    this.#proven = proven;
    this.#names = new Set([by, ...proven.map(({ principal }) => principal)]);
  }

  /** Checks that more than half of those who hold each branch consent. @throws `GOVERNANCE_SIGNATURE` */
  checkBranches(registry: PrincipalRegistry, branches: readonly Branch[]): void {
    for (const branch of branches) {
      const holders = registry.ofBranch(branch);
      const agreed = holders.filter(({ name }) => this.#names.has(name)).length;
      const needed = Math.floor(holders.length / 2) + 1;
      if (holders.length > 0 && agreed < needed)
        throw unconsented(
          holders[0]?.name ?? "",
          `${needed} of the ${holders.length} who hold the ${branch} branch`,
          agreed,
        );
    }
  }

  /** Gives the time of somebody's newest, milliseconds UTC; 0 when there is none. */
  latestOf(name: string): number {
    return Math.max(0, ...this.#proven.map(({ principal, at }) => (principal === name ? at : 0)));
  }

  /** Checks that somebody consents. @throws `GOVERNANCE_SIGNATURE` */
  check(name: string): void {
    if (!this.#names.has(name)) throw unconsented(name, name, 0);
  }
}

function unconsented(principal: string, who: string, agreed: number): SignatureError {
  const over = "its consent";
  return new SignatureError(`expected the consent of ${who}, signed within a day, got ${agreed}`, {
    details: { principal, over },
  });
}

/**
 * Says, in one sentence, that branches are in one hand, or in nobody's; undefined when they are separated, or nobody is known.
 *
 * @param solo - whether one person alone is said to run the kernel, who then answers what their own agents ask
 */
export function unitedBranches(registry: PrincipalRegistry, solo: boolean): string | undefined {
  if (!registry.known) return undefined;
  const active = registry.list().filter(({ state }) => state === "active");
  const both = active.filter(({ branches }) => branches.length > 1);
  const owner = registry.owner();
  const empty = BRANCHES.filter((branch) => registry.ofBranch(branch).length === 0);
  const told = [
    ...both.slice(0, 4).map(({ name, branches }) => `${name} holds ${branches.join(", ")}`),
    ...(empty.length === 0 ? [] : [`nobody holds ${empty.join(", ")}`]),
    ...(solo && owner?.branches.includes("executive") === true
      ? [`${owner.name} may approve what the agents ask that ${owner.name} started`]
      : []),
  ];
  return told.length === 0 ? undefined : `the branches are not separated: ${told.join("; ")}`;
}

const BRANCHES: readonly Branch[] = ["legislative", "executive", "judicial"];
