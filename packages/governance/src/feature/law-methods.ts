/** The methods of the legislative branch, and those that show the law, in the one method table. */
import { fromHex } from "@weftos/crypto";
import type { ActionCatalogue, AuditReader, Clock, JsonObject, Method } from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import { amended } from "../law/amendment.ts";
import { diffDetail } from "../law/law-diff.ts";
import type { LawInForce } from "../law/law-in-force.ts";
import { checkLocks, locksForGood } from "../law/law-locks.ts";
import type { LawVersion, ProposalView } from "../law/legislature.ts";
import { loadPolicy } from "../policy/load-policy.ts";
import type { Policy } from "../policy/policy.ts";
import { principalName } from "../principal/principal-record.ts";
import { proveSigned, unitedBranches } from "../principal/separation.ts";
import { amendmentStatement } from "../principal/statement.ts";
import type { Rehearsal } from "../replay/rehearse.ts";
import { type ActingDeps, act } from "./acting.ts";
import { policyText } from "./governance-methods.ts";

const sequence = z.int().check(z.minimum(0));
const id = z
  .string()
  .check(z.regex(/^[0-9a-f]{8,64}$/, "expected the id of an amendment, or its first 8 digits or more"));
const approval = z.optional(z.string().check(z.minLength(1), z.maxLength(128)));

/** What the methods need. */
export interface LawDeps extends ActingDeps {
  readonly law: LawInForce;
  readonly catalogue: Pick<ActionCatalogue, "find">;
  readonly reader: () => AuditReader;
  readonly clock: Pick<Clock, "now" | "sleep">;
  /** Whether the configuration says that one person alone runs the kernel. */
  readonly solo: boolean;
  /** Says whose keys lie beside the kernel. */
  readonly beside: () => Promise<string | undefined>;
}

/** Makes the methods. */
export function lawMethods(deps: LawDeps): readonly Method[] {
  const { law, registry } = deps;
  return [
    defineMethod({
      name: "governance.status",
      description: "Tells the law in force, its version, and whether the branches are separated",
      role: "viewer",
      mutates: false,
      input: z.strictObject({}),
      run: async () => ({
        version: law.legislature.versions().length - 1,
        law: law.legislature.law.digest,
        genesis: law.genesis?.digest ?? null,
        amendable: law.legislature.amendable,
        environment: law.environment,
        ...(await separation(deps)),
        principals: registry.list().filter(({ state }) => state === "active").length,
        beside: law.beside(),
        stays: law.stays.list(),
        proposals: law.legislature.proposals().filter(({ state }) => state === "proposed").length,
      }),
    }),
    defineMethod({
      name: "governance.history",
      description: "Lists the versions of this chain's law, and what is proposed",
      role: "viewer",
      mutates: false,
      input: z.strictObject({}),
      run: () => ({
        versions: law.legislature.versions().map(versionOf),
        proposals: law.legislature.proposals().map(summaryOf),
      }),
    }),
    defineMethod({
      name: "governance.diff",
      description: "Shows what differs between two versions of the law, or what a proposal would change",
      role: "viewer",
      mutates: false,
      input: z.strictObject({ from: z.optional(sequence), to: z.optional(sequence), amendment: z.optional(id) }),
      run({ from, to, amendment }) {
        const { legislature } = law;
        if (amendment !== undefined) {
          const proposal = legislature.proposal(amendment);
          const before = legislature.version(proposal.amendment.number - 1).policy;
          return diffDetail(before, amended(before, proposal.amendment));
        }
        const last = legislature.versions().length - 1;
        const after = legislature.version(to ?? last);
        return diffDetail(legislature.version(from ?? Math.max(0, after.number - 1)).policy, after.policy);
      },
    }),
    defineMethod({
      name: "governance.rehearse",
      description:
        "Replays every recorded decision under a policy or a proposed amendment, and lists what would change",
      role: "viewer",
      mutates: false,
      input: z.strictObject({ ...policyText, from: z.optional(sequence) }),
      async run({ text, file, from }, { signal }) {
        const candidate = law.engineWith(await loadPolicy(text, { file }));
        const current = law.engineFor(law.legislature.law);
        const { rehearse } = await import("../replay/look-back.ts");
        return await rehearse(deps.reader(), current, candidate, deps.catalogue, deps.clock, { from, signal });
      },
    }),
    ...amendmentMethods(deps),
  ];
}

function amendmentMethods(deps: LawDeps): readonly Method[] {
  const { law, registry, catalogue } = deps;
  /** What it would forbid of the acts that keep the law alive. */
  const locksIn = (proposal: ProposalView) => {
    const locks = law.locksOf(proposal, catalogue);
    return { locks, locksForGood: locksForGood(locks) };
  };
  return [
    defineMethod({
      name: "amendment.show",
      description: "Shows a proposed or enacted amendment: its rules, who signed, what it loosens and locks",
      role: "viewer",
      mutates: false,
      input: z.strictObject({ id }),
      run: (input) => {
        const proposal = law.legislature.proposal(input.id);
        return { ...proposal, genesis: law.genesis?.digest ?? null, ...locksIn(proposal) };
      },
    }),
    defineMethod({
      name: "amendment.propose",
      description: "Proposes rules that are new, or take the place of those with the same id",
      role: "operator",
      mutates: true,
      input: z.strictObject({
        ...policyText,
        reason: z.string().check(z.minLength(1), z.maxLength(2000)),
        /** Ids of rules that should end. */
        drop: z._default(z.array(z.string()).check(z.maxLength(1000)), []),
        approval,
      }),
      async run({ text, file, reason, drop, approval }, caller) {
        const candidate = await loadPolicy(text, { file });
        const proposal = await act<ProposalView>(deps, {
          action: "amendment.propose",
          resource: `policy:${candidate.digest.slice(0, 16)}`,
          attributes: {
            reason: reason.slice(0, 1000),
            rules: candidate.rules.length,
            drop: drop.length,
            digest: candidate.digest,
          },
          shows: { reason, drop: [...drop], policy: plainOf(candidate) },
          caller,
          branch: "legislative",
          approval,
          summary: (made) => ({
            amendment: made.id,
            number: made.amendment.number,
            loosens: made.loosens.length,
            locks: locksIn(made).locks.map(({ action }) => action),
          }),
          run: (by) => law.propose(candidate, { by, reason, drop }),
        });
        return { ...summaryOf(proposal), ...locksIn(proposal) };
      },
    }),
    defineMethod({
      name: "amendment.rehearse",
      description: "Replays every recorded decision under a proposal; it cannot be enacted without",
      role: "operator",
      mutates: true,
      input: z.strictObject({ id }),
      run(input, caller) {
        const { legislature } = law;
        const proposal = legislature.proposal(input.id);
        return act<Rehearsal & { readonly amendment: string } & ReturnType<typeof locksIn>>(deps, {
          action: "amendment.rehearse",
          resource: `amendment:${proposal.id.slice(0, 16)}`,
          attributes: { amendment: proposal.id },
          caller,
          branch: "legislative",
          summary: ({ amendment, decisions, changed }) => ({ amendment, decisions, changes: changed }),
          run: async () => {
            const engine = law.engineFor(amended(legislature.law, proposal.amendment));
            const current = law.engineFor(legislature.law);
            const { rehearse } = await import("../replay/look-back.ts");
            const found = await rehearse(deps.reader(), current, engine, deps.catalogue, deps.clock, {
              signal: caller.signal,
            });
            const { decisions, changed: changes, upTo } = found;
            await legislature.rehearsed(proposal.id, { decisions, changes, upTo, at: deps.clock.now() });
            return { ...found, amendment: proposal.id, ...locksIn(proposal) };
          },
        });
      },
    }),
    defineMethod({
      name: "amendment.sign",
      description: "Adds a legislator's signature to a proposal",
      role: "operator",
      mutates: true,
      input: z.strictObject({
        id,
        principal: principalName,
        signature: z.string().check(z.regex(/^[0-9a-f]{128}$/, "expected an Ed25519 signature, 128 hex digits")),
      }),
      async run({ principal, signature, ...input }, caller) {
        const proposal = law.legislature.proposal(input.id);
        const bytes = fromHex(signature);
        const signed = await act<ProposalView>(deps, {
          action: "amendment.sign",
          resource: `amendment:${proposal.id.slice(0, 16)}`,
          attributes: { amendment: proposal.id, principal },
          caller,
          // The signature says who signs, whoever carries it here.
          branch: undefined,
          summary: ({ id, signatures }) => ({ amendment: id, principal, signatures: signatures.length }),
          run: () => {
            const statement = amendmentStatement(law.genesis?.digest ?? "", proposal.id);
            proveSigned(registry, { principal, signature: bytes }, statement, "legislative", "the amendment");
            return law.legislature.sign(proposal.id, principal, bytes);
          },
        });
        return { ...summaryOf(signed), ...locksIn(signed) };
      },
    }),
    defineMethod({
      name: "amendment.enact",
      description: "Makes a proposal the law, once it was rehearsed and a quorum of the legislative branch has signed",
      role: "admin",
      mutates: true,
      input: z.strictObject({
        id,
        /** That acts which keep the law alive are forbidden, where it does that. */
        locks: z._default(z.boolean(), false),
        approval,
      }),
      async run({ approval, locks: wanted, ...input }, caller) {
        const proposal = law.legislature.proposal(input.id);
        const { locks } = locksIn(proposal);
        const version = await act<LawVersion>(deps, {
          action: "amendment.enact",
          resource: `amendment:${proposal.id.slice(0, 16)}`,
          attributes: {
            amendment: proposal.id,
            number: proposal.amendment.number,
            loosens: proposal.loosens.length,
            ...(locks.length === 0 ? {} : { locks: locks.map(({ action }) => action).join(",") }),
          },
          caller,
          branch: "legislative",
          approval,
          summary: ({ number, digest }) => ({ amendment: proposal.id, number, law: digest }),
          run: async () => {
            checkLocks(proposal.id, law.locksOf(proposal, catalogue), wanted);
            const enacted = await law.legislature.enact(proposal.id);
            await law.enact();
            return enacted;
          },
        });
        return versionOf(version);
      },
    }),
  ];
}

async function separation({ registry, solo, beside }: LawDeps): Promise<{ separated: boolean; note: string | null }> {
  if (!registry.known) return { separated: false, note: "nobody is known: the host vouches for who calls" };
  const told = [unitedBranches(registry, solo), await beside()].filter((one) => one !== undefined);
  const [first, ...rest] = told;
  if (first === undefined) return { separated: true, note: null };
  return { separated: false, note: [first, ...rest.map((one) => one.replace(/^[^:]+: /, ""))].join("; ") };
}

/** As an approver is shown it. */
function plainOf({ rules, dimensions }: Pick<Policy, "rules" | "dimensions">): JsonObject {
  return JSON.parse(JSON.stringify({ dimensions, rules }));
}

function versionOf({ policy, ...version }: LawVersion): object {
  return { ...version, rules: policy.rules.length };
}

function summaryOf({ amendment, ...proposal }: ProposalView): object {
  const { number, predecessor, reason, set, drop } = amendment;
  return { ...proposal, number, predecessor, reason, set: set.map((rule) => rule.id), drop };
}
