/**
 * What decides now: the law of the chain, what configuration adds to it, and one environment. Puts it in force at boot, and
 * again after each amendment, stay and switch; the chain has each policy before it decides.
 */
import type { ActionCatalogue, AuditLog, AuditReader, Clock, Random } from "@weftos/interface";
import { compilePolicy, type DecisionEngine } from "../decision/decision-engine.ts";
import type { GovernanceGate } from "../decision/governance-gate.ts";
import { type Environment, type EnvironmentInit, findEnvironment, laxerParts } from "../environment/environment.ts";
import type { SealedJournal } from "../journal/sealed-journal.ts";
import { joinPolicies, type PlacedPolicy, type Policy, placed, policyOf, ruleDigest } from "../policy/policy.ts";
import { diffPolicies, loosenings } from "../policy/policy-diff.ts";
import { EnvironmentLaxError } from "../policy/policy-errors.ts";
import type { PrincipalRegistry } from "../principal/principal-registry.ts";
import { amended } from "./amendment.ts";
import { type AnchoredLaw, anchorLaw, openLaw, recordedGenesis, recordPolicy } from "./anchor-law.ts";
import { EnvironmentBook } from "./environment-book.ts";
import type { GenesisFile } from "./genesis-file.ts";
import { amendmentState } from "./law-errors.ts";
import { LawLedger } from "./law-ledger.ts";
import { locksOf } from "./law-locks.ts";
import type { LawRecord } from "./law-record.ts";
import { Legislature, type ProposalView } from "./legislature.ts";
import type { Lock } from "./lock.ts";
import { proposeRelease } from "./propose-release.ts";
import { Stays } from "./stays.ts";

/** What never changes while a kernel runs. */
export interface LawInForceInit {
  readonly audit: AuditLog;
  readonly clock: Pick<Clock, "now">;
  readonly random: Pick<Random, "bytes">;
  readonly gate: GovernanceGate;
  readonly registry: PrincipalRegistry;
  /** The genesis rules of this release. */
  readonly seed: Policy;
  /** Policies of the host and the configuration; they hold beside the law. */
  readonly added: readonly PlacedPolicy[];
  readonly amendable: boolean;
  /** Name of the configured environment. */
  readonly environment: string;
  readonly environments: Readonly<Record<string, EnvironmentInit>>;
  /** Reads the chain; undefined where nobody can. */
  readonly reader: () => AuditReader | undefined;
}

/** What there is once the journal of the law was read. */
interface Branches {
  readonly ledger: LawLedger;
  readonly legislature: Legislature;
  readonly stays: Stays;
  readonly environments: EnvironmentBook;
}

export class LawInForce {
  readonly #init: LawInForceInit;
  #file: GenesisFile | undefined;
  #anchored: AnchoredLaw | undefined;
  #open: Branches | undefined;
  #environment: Environment;
  #added: readonly PlacedPolicy[];

  constructor(init: LawInForceInit) {
    this.#init = init;
    this.#environment = findEnvironment(init.environment, init.environments);
    this.#added = init.added;
  }

  /** The environment that had been switched to, and that is laxer than the configured one by now. */
  tooLax: string | undefined;

  get environment(): Environment {
    return this.#environment;
  }

  /** The genesis policy of this chain; undefined before `open`. */
  get genesis(): Policy | undefined {
    return this.#anchored?.policy;
  }

  get legislature(): Legislature {
    return this.#opened.legislature;
  }

  get stays(): Stays {
    return this.#opened.stays;
  }

  /** @throws Error before `open`: the methods of a feature are not called before it has started */
  get #opened(): Branches {
    if (this.#open === undefined) throw new Error("the law is not open");
    return this.#open;
  }

  /**
   * Opens and checks the law of the chain, and puts it in force.
   *
   * @param fromFiles - policies that the configuration names by their files
   * @throws `GOVERNANCE_GENESIS_CHANGED`, `GOVERNANCE_LAW_BROKEN`, `GOVERNANCE_JOURNAL_BROKEN`, `GOVERNANCE_POLICY_INVALID`
   */
  async open(file: GenesisFile, journal: SealedJournal<LawRecord>, fromFiles: readonly PlacedPolicy[]): Promise<void> {
    this.#added = [...this.#init.added, ...fromFiles];
    const { audit, clock, registry, seed, reader } = this.#init;
    const readable = audit.persistent ? reader() : undefined;
    const recorded = readable === undefined ? undefined : await recordedGenesis(readable);
    const kept = await openLaw(audit, file, seed, this.#init.amendable, recorded);
    const anchored = anchorLaw(audit, file, kept);
    const { policy: genesis, amendable } = anchored;
    const chain = anchored.anchor.hash;
    const ledger = new LawLedger(journal);
    const legislature = new Legislature({ clock, audit, registry, genesis, chain, amendable, ledger });
    const stays = new Stays(ledger, clock);
    const environments = new EnvironmentBook(ledger, clock);
    this.#file = file;
    this.#anchored = anchored;
    this.#open = { ledger, legislature, stays, environments };
    await ledger.open();
    await legislature.open(readable);
    // A chain that succeeds another one begins without what that one had.
    if (readable !== undefined && audit.continues === undefined) {
      await stays.check(readable);
      await environments.check(readable);
    }
    await environments.forgetOther(this.#init.environment);
    const switched = environments.switchedFrom(this.#init.environment);
    if (switched !== undefined) this.#switchBack(this.#find(switched));
    await this.enact();
    if (audit.persistent && genesis.digest !== seed.digest) await proposeRelease(legislature, seed);
  }

  async close(): Promise<void> {
    await this.#open?.ledger.close();
  }

  /** Puts the law as it stands now in force; the chain has it first. */
  async enact(): Promise<void> {
    const { audit, gate } = this.#init;
    if (this.#file === undefined || this.#anchored === undefined) return;
    const { law } = this.legislature;
    const policy = this.withAdded(law);
    const environment = this.#environment;
    this.#anchored = await recordPolicy(audit, this.#file, this.#anchored, { law, policy, environment });
    gate.enact(compilePolicy(policy, environment, this.mayAsk(law)));
  }

  /** Gives the rules that would decide under a law: stays regarded, with what configuration adds. @throws `GOVERNANCE_POLICY_INVALID` */
  withAdded(law: Policy): Policy {
    return this.stays.inForce(joinPolicies([placed(law, "the law of this chain"), ...this.#added]));
  }

  /**
   * Proposes an amendment, see `Legislature.propose`; refuses rules that could never come into force beside the configured ones.
   *
   * @throws `GOVERNANCE_POLICY_INVALID` for the id of a configured rule
   */
  propose(
    candidate: Pick<Policy, "rules" | "dimensions">,
    init: { readonly by: string; readonly reason: string; readonly drop: readonly string[] },
  ): Promise<ProposalView> {
    const { law } = this.legislature;
    const named = new Set(candidate.rules.map(({ id }) => id));
    const others = law.rules.filter(({ id }) => !named.has(id));
    this.withAdded(policyOf([...others, ...candidate.rules], [...law.dimensions, ...candidate.dimensions]));
    return this.legislature.propose(candidate, init);
  }

  /** Tells what a proposal would newly forbid of the acts that keep the law alive; nothing of one that is none any more. */
  locksOf({ state, amendment }: ProposalView, catalogue: Pick<ActionCatalogue, "find">): readonly Lock[] {
    if (state !== "proposed") return [];
    const { law } = this.legislature;
    return locksOf({
      before: law,
      after: amended(law, amendment),
      environments: this.environments(),
      mayAsk: (of) => this.mayAsk(of),
      registry: this.#init.registry,
      catalogue,
    });
  }

  /** Says where rules beside the law stand, and how many. */
  beside(): readonly { readonly source: string; readonly rules: number }[] {
    return this.#added
      .map(({ source, policy }) => ({ source, rules: policy.rules.length }))
      .filter(({ rules }) => rules > 0);
  }

  /** Names the rules beside the law that permit what it alone would not. */
  looserThanLaw(): readonly string[] {
    const law = this.stays.inForce(this.legislature.law);
    return loosenings(diffPolicies(law, this.withAdded(this.legislature.law))).map(({ rule }) => rule);
  }

  /** Makes an engine that would decide under a law, in the environment of now. */
  engineFor(law: Policy): DecisionEngine {
    return compilePolicy(this.withAdded(law), this.#environment, this.mayAsk(law));
  }

  /**
   * Makes an engine that would decide if a policy were written into the files of this kernel: its rules take the place of those
   * with the same id, configured or of the law; what it names anew would be an amendment.
   *
   * @throws `GOVERNANCE_POLICY_INVALID`
   */
  engineWith({ rules, dimensions }: Policy): DecisionEngine {
    const { law } = this.legislature;
    const named = new Set(rules.map(({ id }) => id));
    const configured = new Set(this.#added.flatMap(({ policy }) => policy.rules.map(({ id }) => id)));
    const others = (policy: Policy) => policy.rules.filter(({ id }) => !named.has(id));
    const added = this.#added.map((one) => ({ ...one, policy: policyOf(others(one.policy), one.policy.dimensions) }));
    const own = policyOf(
      rules.filter(({ id }) => configured.has(id)),
      dimensions,
    );
    const amended = policyOf([...others(law), ...rules.filter(({ id }) => !configured.has(id))], law.dimensions);
    const parts = [placed(amended, "the law of this chain"), ...added, placed(own, "the policy")];
    return compilePolicy(this.stays.inForce(joinPolicies(parts)), this.#environment, this.mayAsk(amended));
  }

  /**
   * Tells of a law which rules may put a question where the threshold alone would refuse: what the founders and the host ask
   * about; what was amended since only tightens.
   */
  mayAsk(law: Pick<Policy, "rules">): (rule: string) => boolean {
    const founded = new Set((this.genesis?.rules ?? []).map(ruleDigest));
    const amended = new Set(law.rules.filter((rule) => !founded.has(ruleDigest(rule))).map(({ id }) => id));
    const open = this.#open?.legislature.amendable === true;
    return (rule) => open || !amended.has(rule);
  }

  /** Names the environments that were added, and that the configuration says otherwise by now. */
  overridden(): readonly string[] {
    const { environments } = this.#init;
    return Object.keys(this.#opened.environments.added()).filter((name) => Object.hasOwn(environments, name));
  }

  /** Lists all environments by name. */
  environments(): readonly Environment[] {
    const names = new Set([
      "development",
      "staging",
      "production",
      ...Object.keys(this.#init.environments),
      ...Object.keys(this.#opened.environments.added()),
    ]);
    return [...names].map((name) => this.#find(name));
  }

  /** Finds an environment. @throws `GOVERNANCE_ENVIRONMENT_UNKNOWN` */
  findEnvironment(name: string): Environment {
    return this.#find(name);
  }

  /**
   * Switches, durably: until the configuration names another one. The configured environment is the floor: none that is
   * laxer in any number is switched to while a kernel runs.
   *
   * @throws `GOVERNANCE_ENVIRONMENT_UNKNOWN`, `GOVERNANCE_ENVIRONMENT_LAX`
   */
  async switchTo(name: string, by: string): Promise<Environment> {
    const next = this.#find(name);
    this.checkFloor(next);
    await this.#opened.environments.switched(name, this.#init.environment, by);
    this.#environment = next;
    await this.enact();
    return next;
  }

  /** Adds an environment, durably. @throws `GOVERNANCE_AMENDMENT_STATE` when the name is taken, by a built-in one too */
  async addEnvironment(name: string, environment: EnvironmentInit, by: string): Promise<void> {
    if (this.environments().some((one) => one.name === name))
      throw amendmentState(name, "there is an environment of this name");
    await this.#opened.environments.add(name, environment, by);
  }

  /** What was switched to before stays in force, unless the configuration has become stricter since. */
  #switchBack(switched: Environment): void {
    if (laxerParts(switched, this.#environment).length > 0) this.tooLax = switched.name;
    else this.#environment = switched;
  }

  /** @throws `GOVERNANCE_ENVIRONMENT_LAX` when an environment is laxer than the configured one */
  checkFloor(next: Environment): void {
    const floor = this.#find(this.#init.environment);
    const laxer = laxerParts(next, floor);
    if (laxer.length === 0) return;
    throw new EnvironmentLaxError(
      `${next.name} is laxer than the configured environment ${floor.name} in ${laxer.join(", ")}: only the configuration can say that`,
      { details: { environment: next.name, configured: floor.name, laxer } },
    );
  }

  #find(name: string): Environment {
    // A section of the configuration is all that its name stands for: it is not mixed with what was added under that name.
    return findEnvironment(name, { ...this.#open?.environments.added(), ...this.#init.environments });
  }
}
