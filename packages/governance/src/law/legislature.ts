/**
 * The legislative branch of one chain: its genesis, never changed, and the amendments to it, each signed by a quorum of those
 * who hold the branch. Kept in the ledger and recorded in the chain; at boot both must agree.
 *
 * Limits: 1000 open proposals, 50 of one principal; of those that another one outdated, the newest 100; 128 KiB for one amendment.
 */
import { fromHex, toHex } from "@weftos/crypto";
import type { AuditLog, AuditReader, Clock } from "@weftos/interface";
import type { Policy } from "../policy/policy.ts";
import { diffPolicies, type Loosening, loosenings } from "../policy/policy-diff.ts";
import type { PrincipalRegistry } from "../principal/principal-registry.ts";
import { amendmentStatement } from "../principal/statement.ts";
import { amended } from "./amendment.ts";
import { anchorAmendment } from "./amendment-event.ts";
import { checkAmendment } from "./check-amendment.ts";
import { draftAmendment } from "./draft-amendment.ts";
import { AmendmentLoosensError, amendmentState, lawBroken, lawNotFound } from "./law-errors.ts";
import type { LawLedger } from "./law-ledger.ts";
import type { Proposal, Rehearsed } from "./law-record.ts";

const MAX_PROPOSALS = 1000;
const MAX_OPEN_OF_ONE = 50;
const MAX_OUTDATED = 100;

/** What the legislature needs. */
export interface LegislatureInit {
  readonly clock: Pick<Clock, "now">;
  readonly audit: AuditLog;
  readonly registry: PrincipalRegistry;
  readonly genesis: Policy;
  /** Hash of the event that recorded the genesis. */
  readonly chain: string;
  /** Whether amendments may loosen; said at genesis. */
  readonly amendable: boolean;
  readonly ledger: LawLedger;
}

/** A version of the law. */
export interface LawVersion {
  /** 0 is the genesis. */
  readonly number: number;
  /** Digest of the rules. */
  readonly digest: string;
  readonly predecessor: string | undefined;
  /** Id of the amendment; undefined for the genesis. */
  readonly amendment: string | undefined;
  readonly reason: string;
  readonly signedBy: readonly string[];
  /** When it came into force; undefined for the genesis, whose event says it. */
  readonly at: number | undefined;
  readonly policy: Policy;
}

/** A proposal with what a legislator wants to know of it. */
export interface ProposalView extends Proposal {
  readonly state: "proposed" | "enacted" | "outdated";
  readonly loosens: readonly Loosening[];
  /** Whether it loosens a law that may only be tightened: then it can never be enacted. */
  readonly barred: boolean;
  /** Signatures that it needs. */
  readonly quorum: number;
}

export class Legislature {
  readonly #init: LegislatureInit;
  readonly #ledger: LawLedger;
  readonly #versions: LawVersion[];

  constructor(init: LegislatureInit) {
    this.#init = init;
    this.#ledger = init.ledger;
    const { genesis } = init;
    this.#versions = [
      {
        number: 0,
        digest: genesis.digest,
        predecessor: undefined,
        amendment: undefined,
        reason: "genesis",
        signedBy: [],
        at: undefined,
        policy: genesis,
      },
    ];
  }

  /** Hash of the event with which the chain began: what is signed for this chain names it. */
  get chain(): string {
    return this.#init.chain;
  }

  /**
   * Takes up what the ledger has, and checks every amendment against its predecessor, its signatures and the chain.
   *
   * @throws `GOVERNANCE_LAW_BROKEN`
   */
  async open(reader: AuditReader | undefined): Promise<void> {
    if (reader !== undefined) await this.#finishEnacted(reader);
    const enacted = [...this.#proposals.values()]
      .filter((proposal) => proposal.enacted !== undefined)
      .sort((a, b) => a.amendment.number - b.amendment.number);
    for (const proposal of enacted) {
      const { genesis, ...context } = this.#init;
      const before = this.#last;
      this.#adopt(proposal, checkAmendment(proposal, { ...context, genesis: genesis.digest, before }));
    }
    this.#forgetOutdated();
  }

  /** The law now, stays not regarded. */
  get law(): Policy {
    return this.#last.policy;
  }

  get #last(): LawVersion {
    return this.#versions[this.#versions.length - 1] as LawVersion;
  }

  get #proposals(): Map<string, Proposal> {
    return this.#ledger.book.proposals;
  }

  get amendable(): boolean {
    return this.#init.amendable;
  }

  versions(): readonly LawVersion[] {
    return this.#versions;
  }

  /** Gives a version. @throws `GOVERNANCE_LAW_NOT_FOUND` */
  version(number: number): LawVersion {
    const found = this.#versions[number];
    if (found === undefined) throw lawNotFound(`version ${number}`);
    return found;
  }

  proposals(): readonly ProposalView[] {
    return [...this.#proposals.values()].map((proposal) => this.#view(proposal));
  }

  /** Finds a proposal by its id or the beginning of it. @throws `GOVERNANCE_LAW_NOT_FOUND` */
  proposal(id: string): ProposalView {
    const found = [...this.#proposals.values()].filter((one) => one.id.startsWith(id));
    if (id.length < 8 || found.length !== 1 || found[0] === undefined) throw lawNotFound(id);
    return this.#view(found[0]);
  }

  /**
   * Proposes the law to be like another policy: its rules take the place of those with the same id, or are new. Rules that it
   * does not name stay, unless `drop` names them.
   *
   * @throws `GOVERNANCE_LAW_NOT_FOUND`, `GOVERNANCE_AMENDMENT_STATE`
   */
  propose(
    candidate: Pick<Policy, "rules" | "dimensions">,
    init: { readonly by: string; readonly reason: string; readonly drop: readonly string[] },
  ): Promise<ProposalView> {
    return this.#ledger.serial(async () => {
      const { chain, genesis } = this.#init;
      const number = this.#last.number + 1;
      const { by, ...asked } = init;
      const { id, amendment } = draftAmendment({
        number,
        chain,
        genesis: genesis.digest,
        before: this.law,
        candidate,
        ...asked,
      });
      const known = this.#proposals.get(id);
      if (known !== undefined) return this.#view(known);
      this.#checkRoom(id, by);
      await this.#ledger.enter({ type: "proposed", id, amendment, by, at: this.#init.clock.now() });
      return this.proposal(id);
    });
  }

  #checkRoom(id: string, by: string): void {
    const open = [...this.#proposals.values()].filter((one) => one.enacted === undefined && !this.#isOutdated(one));
    if (open.filter((one) => one.by === by).length >= MAX_OPEN_OF_ONE)
      throw amendmentState(id, `${by} has ${MAX_OPEN_OF_ONE} open proposals`);
    if (open.length >= MAX_PROPOSALS) throw amendmentState(id, `there are ${MAX_PROPOSALS} open proposals`);
  }

  #isOutdated({ enacted, amendment }: Proposal): boolean {
    return enacted === undefined && amendment.predecessor !== this.law.digest;
  }

  /** What can never become law is kept for a while, for who looks for it; the journal still has it. */
  #forgetOutdated(): void {
    const outdated = [...this.#proposals.values()].filter((one) => this.#isOutdated(one));
    for (const { id } of outdated.slice(0, Math.max(0, outdated.length - MAX_OUTDATED))) this.#proposals.delete(id);
  }

  /** Notes what a rehearsal found. */
  rehearsed(id: string, rehearsal: Rehearsed): Promise<ProposalView> {
    return this.#ledger.serial(async () => {
      this.#pending(id);
      await this.#ledger.enter({ type: "rehearsed", id, rehearsal });
      return this.proposal(id);
    });
  }

  /** Adds a signature that was proven. */
  sign(id: string, principal: string, signature: Uint8Array): Promise<ProposalView> {
    return this.#ledger.serial(async () => {
      this.#pending(id);
      const at = this.#init.clock.now();
      const { key } = this.#init.registry.active(principal);
      const text = toHex(signature);
      const known = this.#proposals
        .get(id)
        ?.signatures.some((one) => one.principal === principal && one.signature === text && one.key === key);
      // The same said again, by whoever carries it here, takes no room.
      if (known !== true)
        await this.#ledger.enter({ type: "signed", id, signature: { principal, signature: text, key, at } });
      return this.proposal(id);
    });
  }

  /**
   * Makes a proposal the law: on disk in the chain, then in the ledger.
   *
   * @throws `GOVERNANCE_AMENDMENT_STATE`, `GOVERNANCE_AMENDMENT_LOOSENS`
   */
  enact(id: string): Promise<LawVersion> {
    return this.#ledger.serial(async () => {
      const proposal = this.#pending(id);
      const { loosens, barred, quorum } = this.#view(proposal);
      if (barred) {
        const which = loosens.map(({ rule, why }) => `${rule}: ${why}`).join("; ");
        throw new AmendmentLoosensError(
          `this chain's genesis lets amendments only add or tighten, and this one loosens: ${which}`,
          { details: { loosens } },
        );
      }
      if (proposal.rehearsal === undefined) throw amendmentState(id, "it was not rehearsed");
      const signed = this.#signers(proposal);
      if (signed.length < quorum) throw amendmentState(id, `it has ${signed.length} of ${quorum} signatures`);
      const after = this.#after(proposal);
      const { anchor, durable } = anchorAmendment(this.#init.audit, proposal, after, quorum);
      await durable;
      await this.#ledger.enter({ type: "enacted", id, anchor, quorum, at: this.#init.clock.now() });
      this.#adopt(this.#proposals.get(id) ?? proposal, after);
      this.#forgetOutdated();
      return this.#last;
    });
  }

  #pending(id: string): Proposal {
    const found = this.#proposals.get(id);
    if (found === undefined) throw lawNotFound(id);
    if (found.enacted !== undefined) throw amendmentState(id, "it is the law already");
    if (found.amendment.predecessor !== this.law.digest)
      throw amendmentState(id, "it is outdated: another one was enacted");
    return found;
  }

  #view(proposal: Proposal): ProposalView {
    const outdated = this.#isOutdated(proposal);
    const state = proposal.enacted !== undefined ? "enacted" : outdated ? "outdated" : "proposed";
    const before = state === "proposed" ? this.law : this.#versions[proposal.amendment.number - 1]?.policy;
    const loosens = before === undefined ? [] : loosenings(diffPolicies(before, amended(before, proposal.amendment)));
    const barred = loosens.length > 0 && !this.amendable;
    return { ...proposal, state, loosens, barred, quorum: proposal.enacted?.quorum ?? this.#quorum() };
  }

  /** More than half of those who hold the legislative branch; one where nobody is known, whom the host vouches for. */
  #quorum(): number {
    return Math.floor(this.#init.registry.ofBranch("legislative").length / 2) + 1;
  }

  #after({ amendment }: Proposal): Policy {
    return amended(this.law, amendment);
  }

  /** Those whose signature holds now. */
  #signers(proposal: Proposal): readonly string[] {
    const { registry, genesis } = this.#init;
    const statement = amendmentStatement(genesis.digest, proposal.id);
    const may = new Set(registry.ofBranch("legislative").map(({ name }) => name));
    return proposal.signatures
      .filter(
        ({ principal, signature }) => may.has(principal) && registry.verify(principal, statement, fromHex(signature)),
      )
      .map(({ principal }) => principal);
  }

  #adopt(proposal: Proposal, policy: Policy): void {
    const { id, amendment, signatures, enacted } = proposal;
    this.#versions.push({
      number: amendment.number,
      digest: policy.digest,
      predecessor: amendment.predecessor,
      amendment: id,
      reason: amendment.reason,
      signedBy: signatures.map(({ principal }) => principal),
      at: enacted?.at,
      policy,
    });
  }

  /** A crash may have come between the chain and the ledger; what the chain has and the ledger never had is refused. */
  async #finishEnacted(reader: AuditReader): Promise<void> {
    let recorded = 0;
    for await (const { payload, sequence } of reader.events({ kind: "governance.amendment" })) {
      recorded++;
      if (payload === undefined) continue; // redacted: counted below, and its hash is compared with the kept one
      const id = typeof payload.amendment === "string" ? payload.amendment : "";
      const proposal = this.#proposals.get(id);
      if (proposal?.enacted !== undefined) continue;
      if (proposal === undefined)
        throw lawBroken(0, `the chain has the amendment ${id.slice(0, 16)} at ${sequence}, and nothing is kept of it`);
      const quorum = typeof payload.quorum === "number" ? payload.quorum : this.#quorum();
      const { anchor } = anchorAmendment(this.#init.audit, proposal, this.#after(proposal), quorum);
      await this.#ledger.enter({ type: "enacted", id, anchor, quorum, at: this.#init.clock.now() });
    }
    const kept = [...this.#proposals.values()].filter(({ enacted }) => enacted !== undefined).length;
    if (recorded > kept) throw lawBroken(0, `the chain has ${recorded} amendments, and ${kept} are kept`);
  }
}
