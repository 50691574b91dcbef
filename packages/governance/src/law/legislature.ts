/**
 * The law of one chain: its genesis, never changed, and the amendments to it, each signed by a quorum of the legislative
 * branch. Kept in a sealed journal and recorded in the chain; at boot both must agree.
 *
 * Limits: 1000 proposals; 128 KiB for one amendment.
 */
import { fromHex, toHex } from "@weftos/crypto";
import type { AuditEvent, AuditLog, AuditReader, Clock } from "@weftos/interface";
import { safeParse } from "@weftos/schema";
import type { EnvironmentInit } from "../environment/environment.ts";
import type { SealedJournal } from "../journal/sealed-journal.ts";
import type { Policy } from "../policy/policy.ts";
import { policyOf } from "../policy/policy.ts";
import { diffPolicies, type Loosening, loosenings } from "../policy/policy-diff.ts";
import type { PrincipalRegistry } from "../principal/principal-registry.ts";
import { amendmentStatement } from "../principal/statement.ts";
import {
  type Amendment,
  amended,
  amendmentDigest,
  amendmentOf,
  amendmentSchema,
  amendmentText,
  MAX_AMENDMENT_BYTES,
} from "./amendment.ts";
import { AmendmentLoosensError, AmendmentStateError, LawBrokenError, LawNotFoundError } from "./law-errors.ts";
import {
  enterRecord,
  type LawBook,
  type LawRecord,
  MAX_ENVIRONMENTS,
  type Proposal,
  type Rehearsed,
  type Stay,
} from "./law-record.ts";

const MAX_PROPOSALS = 1000;
const MAX_OPEN_OF_ONE = 50;

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
  readonly journal: SealedJournal<LawRecord>;
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
  /** Signatures that it needs. */
  readonly quorum: number;
}

export class Legislature {
  readonly #init: LegislatureInit;
  readonly #book: LawBook = {
    proposals: new Map(),
    stays: new Map(),
    environments: new Map(),
    switched: undefined,
    lastLift: undefined,
  };
  #versions: LawVersion[];
  #tail: Promise<unknown> = Promise.resolve();
  /** The latest time of a switch: the next one is not before it. */
  #seen = 0;

  constructor(init: LegislatureInit) {
    this.#init = init;
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

  /**
   * Reads the journal, and checks every amendment against its predecessor, its signatures and the chain.
   *
   * @throws `GOVERNANCE_JOURNAL_BROKEN`, `GOVERNANCE_LAW_BROKEN`
   */
  async open(reader: AuditReader | undefined): Promise<void> {
    const { journal } = this.#init;
    let index = 0;
    for await (const record of journal.records()) {
      if (!enterRecord(this.#book, record)) throw journal.fail(index, `"${record.type}" cannot follow here`);
      index++;
    }
    if (reader !== undefined) {
      await this.#finishEnacted(reader);
      await this.#checkStays(reader);
      await this.#checkEnvironments(reader);
    }
    const enacted = [...this.#book.proposals.values()]
      .filter((proposal) => proposal.enacted !== undefined)
      .sort((a, b) => a.amendment.number - b.amendment.number);
    for (const proposal of enacted) this.#adopt(proposal, this.#checked(proposal));
  }

  async close(): Promise<void> {
    await this.#tail;
    await this.#init.journal.close();
  }

  /** The law now, stays not regarded. */
  get law(): Policy {
    return this.#last.policy;
  }

  get #last(): LawVersion {
    return this.#versions[this.#versions.length - 1] as LawVersion;
  }

  get amendable(): boolean {
    return this.#init.amendable;
  }

  /** The rules in force: those of the law, the permits that are stayed switched off. */
  inForce(law: Policy): Policy {
    const { stays } = this.#book;
    if (stays.size === 0) return law;
    return policyOf(
      law.rules.map((rule) =>
        stays.has(rule.id) && rule.outcome.kind === "permit" ? { ...rule, active: false } : rule,
      ),
      law.dimensions,
    );
  }

  versions(): readonly LawVersion[] {
    return this.#versions;
  }

  /** Gives a version. @throws `GOVERNANCE_LAW_NOT_FOUND` */
  version(number: number): LawVersion {
    const found = this.#versions[number];
    if (found === undefined) throw notFound(`version ${number}`);
    return found;
  }

  proposals(): readonly ProposalView[] {
    return [...this.#book.proposals.values()].map((proposal) => this.#view(proposal));
  }

  /** Finds a proposal by its id or the beginning of it. @throws `GOVERNANCE_LAW_NOT_FOUND` */
  proposal(id: string): ProposalView {
    const found = [...this.#book.proposals.values()].filter((one) => one.id.startsWith(id));
    if (id.length < 8 || found.length !== 1 || found[0] === undefined) throw notFound(id);
    return this.#view(found[0]);
  }

  stays(): readonly Stay[] {
    return [...this.#book.stays.values()];
  }

  /**
   * Proposes the law to be like another policy: its rules take the place of those with the same id, or are new. Rules that it
   * does not name stay, unless `drop` names them.
   *
   * @throws `GOVERNANCE_AMENDMENT_STATE` when nothing would change
   */
  propose(
    candidate: Pick<Policy, "rules" | "dimensions">,
    init: { readonly by: string; readonly reason: string; readonly drop: readonly string[] },
  ): Promise<ProposalView> {
    return this.#serial(async () => {
      const before = this.law;
      const named = new Set(candidate.rules.map((rule) => rule.id));
      const unknown = init.drop.find((id) => !before.rules.some((rule) => rule.id === id));
      if (unknown !== undefined) throw notFound(unknown);
      const gone = new Set(init.drop);
      const rules = [...before.rules.filter(({ id }) => !named.has(id) && !gone.has(id)), ...candidate.rules];
      const dimensions = [...new Set([...before.dimensions, ...candidate.dimensions])];
      const amendment = amendmentOf({
        number: this.#last.number + 1,
        chain: this.#init.chain,
        genesis: this.#init.genesis.digest,
        before,
        after: policyOf(rules, dimensions),
        reason: init.reason,
      });
      const id = amendmentDigest(amendment);
      if (amendment.set.length + amendment.drop.length === 0) throw stateOf(id, "it changes nothing");
      const legal = safeParse(amendmentSchema, JSON.parse(amendmentText(amendment)), "the amendment");
      if (!legal.ok) throw stateOf(id, legal.problem.message);
      if (amendmentText(amendment).length > MAX_AMENDMENT_BYTES) throw stateOf(id, "it is larger than 128 KiB");
      const known = this.#book.proposals.get(id);
      if (known !== undefined) return this.#view(known);
      const open = [...this.#book.proposals.values()].filter(
        (one) => one.enacted === undefined && one.amendment.predecessor === before.digest,
      );
      if (open.filter((one) => one.by === init.by).length >= MAX_OPEN_OF_ONE)
        throw stateOf(id, `${init.by} has ${MAX_OPEN_OF_ONE} open proposals`);
      if (this.#book.proposals.size >= MAX_PROPOSALS) throw stateOf(id, `there are ${MAX_PROPOSALS} proposals`);
      await this.#enter({ type: "proposed", id, amendment, by: init.by, at: this.#init.clock.now() });
      return this.proposal(id);
    });
  }

  /** Notes what a rehearsal found. */
  rehearsed(id: string, rehearsal: Rehearsed): Promise<ProposalView> {
    return this.#serial(async () => {
      this.#pending(id);
      await this.#enter({ type: "rehearsed", id, rehearsal });
      return this.proposal(id);
    });
  }

  /** Adds a signature that was proven. */
  sign(id: string, principal: string, signature: Uint8Array): Promise<ProposalView> {
    return this.#serial(async () => {
      this.#pending(id);
      const at = this.#init.clock.now();
      const { key } = this.#init.registry.active(principal);
      await this.#enter({ type: "signed", id, signature: { principal, signature: toHex(signature), key, at } });
      return this.proposal(id);
    });
  }

  /**
   * Makes a proposal the law: on disk in the chain, then in the journal.
   *
   * @throws `GOVERNANCE_AMENDMENT_STATE`, `GOVERNANCE_AMENDMENT_LOOSENS`
   */
  enact(id: string): Promise<LawVersion> {
    return this.#serial(async () => {
      const proposal = this.#pending(id);
      const { loosens, quorum } = this.#view(proposal);
      if (loosens.length > 0 && !this.amendable) {
        const which = loosens.map(({ rule, why }) => `${rule}: ${why}`).join("; ");
        throw new AmendmentLoosensError(
          `this chain's genesis lets amendments only add or tighten, and this one loosens: ${which}`,
          { details: { loosens } },
        );
      }
      if (proposal.rehearsal === undefined) throw stateOf(id, "it was not rehearsed");
      const signed = this.#signers(proposal);
      if (signed.length < quorum) throw stateOf(id, `it has ${signed.length} of ${quorum} signatures`);
      const receipt = this.#init.audit.append(amendmentEvent(proposal, this.#after(proposal), quorum));
      await receipt.durable;
      const anchor = { sequence: receipt.sequence, hash: toHex(receipt.hash) };
      await this.#enter({ type: "enacted", id, anchor, quorum, at: this.#init.clock.now() });
      this.#adopt(this.#book.proposals.get(id) ?? proposal, this.#after(proposal));
      return this.#last;
    });
  }

  /** Holds a permit back. @throws `GOVERNANCE_LAW_NOT_FOUND`, `GOVERNANCE_AMENDMENT_STATE` when it is stayed already */
  stay(rule: string, by: string, reason: string): Promise<Stay> {
    return this.#serial(async () => {
      if (this.#book.stays.has(rule)) throw stateOf(rule, "its permit is stayed already");
      await this.#enter({ type: "stayed", id: rule, by, reason, at: this.#init.clock.now() });
      return this.#book.stays.get(rule) as Stay;
    });
  }

  /** Ends a stay. @throws `GOVERNANCE_LAW_NOT_FOUND` */
  lift(rule: string, by: string): Promise<Stay> {
    return this.#serial(async () => {
      const found = this.#book.stays.get(rule);
      if (found === undefined) throw notFound(`stay of ${rule}`);
      await this.#enter({ type: "lifted", id: rule, by, at: this.#init.clock.now() });
      return found;
    });
  }

  /** Environments that were added while kernels ran. */
  environments(): Readonly<Record<string, EnvironmentInit>> {
    return Object.fromEntries(this.#book.environments);
  }

  /** Adds an environment; a name stands for one for good. @throws `GOVERNANCE_AMENDMENT_STATE` */
  addEnvironment(name: string, environment: EnvironmentInit, by: string): Promise<void> {
    return this.#serial(async () => {
      if (this.#book.environments.size >= MAX_ENVIRONMENTS)
        throw stateOf(name, `there are ${MAX_ENVIRONMENTS} environments`);
      if (this.#book.environments.has(name)) throw stateOf(name, "there is an environment of this name");
      await this.#enter({ type: "environment", id: name, environment, by, at: this.#init.clock.now() });
    });
  }

  /** The environment that was switched to while `configured` was the configured one. */
  environmentFor(configured: string): string | undefined {
    const { switched } = this.#book;
    return switched?.configured === configured ? switched.name : undefined;
  }

  /** Ends a switch that was made under another configuration. */
  async forgetSwitch(configured: string): Promise<void> {
    const { switched } = this.#book;
    if (switched !== undefined && switched.configured !== configured && switched.name !== switched.configured)
      await this.switched(configured, configured, "kernel");
  }

  /** Notes a switch. */
  switched(name: string, configured: string, by: string): Promise<void> {
    return this.#serial(() => {
      this.#seen = Math.max(this.#init.clock.now(), this.#seen);
      return this.#enter({ type: "switched", id: name, configured, by, at: this.#seen });
    });
  }

  #pending(id: string): Proposal {
    const found = this.#book.proposals.get(id);
    if (found === undefined) throw notFound(id);
    if (found.enacted !== undefined) throw stateOf(id, "it is the law already");
    if (found.amendment.predecessor !== this.law.digest) throw stateOf(id, "it is outdated: another one was enacted");
    return found;
  }

  #view(proposal: Proposal): ProposalView {
    const outdated = proposal.enacted === undefined && proposal.amendment.predecessor !== this.law.digest;
    const state = proposal.enacted !== undefined ? "enacted" : outdated ? "outdated" : "proposed";
    const before = state === "proposed" ? this.law : this.#versions[proposal.amendment.number - 1]?.policy;
    const loosens = before === undefined ? [] : loosenings(diffPolicies(before, amended(before, proposal.amendment)));
    return { ...proposal, state, loosens, quorum: proposal.enacted?.quorum ?? this.#quorum() };
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

  /** Checks an enacted amendment at boot; gives the law after it. */
  #checked(proposal: Proposal): Policy {
    const { amendment, id, enacted, signatures } = proposal;
    const { genesis, registry, audit } = this.#init;
    const fail = (reason: string): LawBrokenError =>
      new LawBrokenError(`amendment ${amendment.number} of this chain does not check: ${reason}`, {
        details: { number: amendment.number, reason },
      });
    if (amendment.number !== this.#last.number + 1) throw fail(`it follows version ${this.#last.number}`);
    if (amendment.genesis !== genesis.digest) throw fail("it cites another genesis");
    if (amendment.predecessor !== this.law.digest) throw fail("it cites another predecessor");
    if (amendment.chain !== this.#init.chain && audit.persistent && audit.continues === undefined)
      throw fail("it was signed for another chain");
    const after = this.#after(proposal);
    if (!this.amendable && loosenings(diffPolicies(this.law, after)).length > 0) throw fail("it loosens");
    const statement = amendmentStatement(genesis.digest, id);
    const signed = signatures.filter(({ principal, signature, key }) =>
      registry.verifyWith(principal, key, statement, fromHex(signature)),
    );
    if (signed.length < (enacted?.quorum ?? 1)) throw fail(`${signed.length} of ${enacted?.quorum} signatures hold`);
    const receipt = audit.append(amendmentEvent(proposal, after, enacted?.quorum ?? 1));
    const anchored = receipt.sequence === enacted?.anchor.sequence && toHex(receipt.hash) === enacted.anchor.hash;
    if (audit.persistent && !anchored && audit.continues === undefined)
      throw fail("the chain has another event for it");
    return after;
  }

  /** A stay that the chain has and the journal lost would let a permit loose that the judicial branch holds back. */
  async #checkStays(reader: AuditReader): Promise<void> {
    if (this.#init.audit.continues !== undefined) return;
    const stayed = new Set<string>();
    for await (const { kind, payload } of reader.events({ kind: "judicial.*" })) {
      const result = payload?.outcome === "ok" ? payload.result : undefined;
      const rule = typeof result === "object" && result !== null && "rule" in result ? String(result.rule) : undefined;
      if (rule === undefined) continue;
      if (kind === "judicial.stay") stayed.add(rule);
      else if (kind === "judicial.lift") stayed.delete(rule);
    }
    // A lift may be on disk without its outcome in the chain: then the newest record of the journal is that lift.
    const lost = [...stayed].find((rule) => !this.#book.stays.has(rule) && this.#book.lastLift !== rule);
    if (lost === undefined) return;
    const reason = `the chain says that the permit of ${lost} is stayed, and nothing is kept of it`;
    throw new LawBrokenError(`this chain's law does not check: ${reason}`, { details: { number: 0, reason } });
  }

  /** A switch or an environment that the chain has and the journal lost would put other numbers in force. */
  async #checkEnvironments(reader: AuditReader): Promise<void> {
    if (this.#init.audit.continues !== undefined) return;
    let last: { readonly name: string; readonly time: number } | undefined;
    let lost: string | undefined;
    for await (const { kind, payload, time } of reader.events({ kind: "environment.*" })) {
      const result = payload?.outcome === "ok" ? payload.result : undefined;
      const name = typeof result === "object" && result !== null && "name" in result ? String(result.name) : undefined;
      if (name === undefined) continue;
      if (kind === "environment.switch") last = { name, time };
      else if (!this.#book.environments.has(name)) lost ??= `the environment ${name} was added`;
    }
    this.#seen = last?.time ?? 0;
    const { switched } = this.#book;
    // The journal is first: it may have one more, which then is not older than the last one of the chain.
    if (last !== undefined && switched?.name !== last.name && (switched?.at ?? -1) < last.time)
      lost ??= `the environment ${last.name} was switched to`;
    if (lost === undefined) return;
    const reason = `the chain says that ${lost}, and nothing is kept of it`;
    throw new LawBrokenError(`this chain's law does not check: ${reason}`, { details: { number: 0, reason } });
  }

  /** A crash may have come between the chain and the journal; what the chain has and the journal never had is refused. */
  async #finishEnacted(reader: AuditReader): Promise<void> {
    let recorded = 0;
    for await (const { payload, sequence } of reader.events({ kind: "governance.amendment" })) {
      recorded++;
      if (payload === undefined) continue; // redacted: counted below, and its hash is compared with the kept one
      const id = typeof payload?.amendment === "string" ? payload.amendment : "";
      const proposal = this.#book.proposals.get(id);
      if (proposal?.enacted !== undefined) continue;
      if (proposal === undefined) {
        const reason = `the chain has the amendment ${id.slice(0, 16)} at ${sequence}, and nothing is kept of it`;
        throw new LawBrokenError(`this chain's law does not check: ${reason}`, { details: { number: 0, reason } });
      }
      const quorum = typeof payload?.quorum === "number" ? payload.quorum : this.#quorum();
      const receipt = this.#init.audit.append(amendmentEvent(proposal, this.#after(proposal), quorum));
      const anchor = { sequence: receipt.sequence, hash: toHex(receipt.hash) };
      await this.#enter({ type: "enacted", id, anchor, quorum, at: this.#init.clock.now() });
    }
    const kept = [...this.#book.proposals.values()].filter(({ enacted }) => enacted !== undefined).length;
    if (recorded <= kept) return;
    const reason = `the chain has ${recorded} amendments, and ${kept} are kept`;
    throw new LawBrokenError(`this chain's law does not check: ${reason}`, { details: { number: 0, reason } });
  }

  async #enter(record: LawRecord): Promise<void> {
    await this.#init.journal.append(record);
    enterRecord(this.#book, record);
  }

  #serial<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(step);
    this.#tail = result.catch(() => undefined);
    return result;
  }
}

function amendmentEvent({ id, amendment, signatures }: Proposal, after: Policy, quorum: number): AuditEvent {
  const { number, genesis, predecessor, reason } = amendment;
  return {
    source: "governance",
    kind: "governance.amendment",
    actor: { pid: 0 },
    payload: {
      number,
      amendment: id,
      genesis,
      predecessor,
      policy: after.digest,
      reason,
      quorum,
      signatures: signatures.map(({ principal, signature }) => ({ principal, signature })),
      text: amendmentText(amendment as Amendment),
    },
    idempotencyKey: `governance.amendment:${id}`,
  };
}

function stateOf(amendment: string, reason: string): AmendmentStateError {
  return new AmendmentStateError(`${amendment.slice(0, 16)}: ${reason}`, { details: { amendment, reason } });
}

function notFound(id: string): LawNotFoundError {
  const shown = id.slice(0, 64);
  return new LawNotFoundError(`there is no ${JSON.stringify(shown)} in this chain's law`, { details: { id: shown } });
}
