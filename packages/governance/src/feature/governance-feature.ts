/** Wires governance into a kernel: its gate, its approvals, its action, its methods. */
import {
  type AuditReader,
  agencyPolicies,
  approvals,
  approvedRunner,
  auditLog,
  auditReader,
  type Feature,
  type FeatureContext,
  type FeatureInstance,
  gates,
  isWeftError,
  keptEvents,
  type Late,
  type ProcessDirectory,
  principals,
  processControl,
  processDirectory,
  type ResourceSource,
  type Role,
  resourceSources,
  type Schema,
  toPid,
} from "@weftos/interface";
import { parse } from "@weftos/schema";
import { agencyPolicy } from "../agency/agency-roles.ts";
import { ApprovalBook } from "../approval/approval-book.ts";
import { ApprovalChanges } from "../approval/approval-changes.ts";
import { ApprovalRoleError } from "../approval/approval-errors.ts";
import { approvalJournal } from "../approval/approval-journal.ts";
import { openKeys } from "../approval/seal-key.ts";
import { settleApprovals } from "../approval/settle-approvals.ts";
import { agentOf } from "../decision/compile-rule.ts";
import type { Facts } from "../decision/facts.ts";
import { GovernanceGate } from "../decision/governance-gate.ts";
import { accountOf, EffectLedger } from "../effect/effect-ledger.ts";
import {
  type Environment,
  type EnvironmentInit,
  environmentsSchema,
  mergeEnvironments,
} from "../environment/environment.ts";
import { GenesisFile } from "../law/genesis-file.ts";
import { LawInForce } from "../law/law-in-force.ts";
import { lawJournal } from "../law/law-journal.ts";
import { genesisPolicy } from "../policy/genesis-rules.ts";
import { joinPolicies, makePolicy, type Policy } from "../policy/policy.ts";
import { PolicyInvalidError } from "../policy/policy-errors.ts";
import { unknownNames } from "../policy/unknown-names.ts";
import { checkPrincipals } from "../principal/check-principals.ts";
import { keysBeside } from "../principal/keys-beside.ts";
import { principalJournal } from "../principal/principal-journal.ts";
import { PrincipalRegistry } from "../principal/principal-registry.ts";
import { proveApprover, unitedBranches } from "../principal/separation.ts";
import { answerApproval, revokeGrant } from "./answer-approval.ts";
import { approvalMethods } from "./approval-methods.ts";
import { environmentMethods } from "./environment-methods.ts";
import type { Approver, Governance } from "./governance-api.ts";
import { governanceConfig } from "./governance-config.ts";
import { governanceActions, governanceEvents, governanceKept } from "./governance-events.ts";
import { governanceMethods } from "./governance-methods.ts";
import { judicialMethods } from "./judicial-methods.ts";
import { lawMethods } from "./law-methods.ts";
import { principalMethods } from "./principal-methods.ts";

/** Plain data for {@link governance}; the configuration's section adds to it. */
export interface GovernanceInit {
  /** Policies beside the genesis rules, of `loadPolicy` or `makePolicy`; all rules hold together. */
  readonly policies?: readonly Policy[] | undefined;
  /** Environments by name; those of the configuration come after these. */
  readonly environments?: Readonly<Record<string, EnvironmentInit>> | undefined;
}

/**
 * Gives a kernel rules that bind and approvals that last: `kernel.governance`.
 *
 * @throws `GOVERNANCE_POLICY_INVALID`, `GOVERNANCE_ENVIRONMENT_UNKNOWN` when the kernel is built;
 *   `GOVERNANCE_GENESIS_CHANGED`, `APPROVAL_JOURNAL_BROKEN`, `GOVERNANCE_SEAL_KEY` when it starts
 *
 * @example
 * ```ts no-run
 * const policy = await loadPolicy(text, { file: "rules.toml" });
 * const kernel = await Kernel.boot({ features: [process(), governance({ policies: [policy] })] });
 * kernel.governance.check({ action: "fs.remove", subject: { kind: "process", id: "7" }, resource: "/data", attributes: {} });
 * ```
 */
export function governance(init: GovernanceInit = {}): Feature<"governance", Governance> {
  return {
    name: "governance",
    package: "@weftos/governance",
    provides: [gates, approvals, principals, agencyPolicies, resourceSources, keptEvents],
    needs: [auditLog],
    uses: [processDirectory, processControl, approvedRunner, auditReader],
    actions: governanceActions,
    events: governanceEvents,
    config: { schema: governanceConfig },
    create: (context) => createGovernance(init, context),
  };
}

function createGovernance(init: GovernanceInit, context: FeatureContext): FeatureInstance<Governance> {
  const config = checked(governanceConfig, context.config ?? {}, "[governance]");
  const inCode = checked(environmentsSchema, init.environments ?? {}, "the environments of governance()");
  const environments = mergeEnvironments(inCode, config.environments);
  const seed = genesisPolicy();
  const configured = makePolicy(config.rules, { dimensions: config.dimensions, source: "[governance]" });
  const inCodePolicies = (init.policies ?? []).map(({ rules, dimensions }) =>
    makePolicy(rules, { dimensions, source: "the policies of governance()" }),
  );
  const added = [...inCodePolicies, configured];
  // Joined here too, so that a clash is told before anything starts.
  joinPolicies([seed, ...added], "the policies");

  const audit = context.need(auditLog);
  const ledger = new EffectLedger();
  const facts = factsOf(context, ledger);
  const gate = new GovernanceGate(facts, ({ subject }, { effect }) => {
    const account = accountOf(subject, agentOf(subject, facts) ?? undefined);
    if (account !== undefined) ledger.book(account, effect, context.clock.monotonic());
  });
  const { clock, random, guard, catalogue } = context;
  const registry = new PrincipalRegistry({ clock, random });
  const reader = context.use(auditReader);
  const law = new LawInForce({
    audit,
    clock,
    random,
    gate,
    registry,
    seed,
    added,
    amendable: config.amendable,
    environment: context.environment,
    environments,
    reader: () => readable(reader),
  });
  const beside = () => keysBeside(context.files, context.dir, registry);
  const changes = new ApprovalChanges(context.clock);
  const book = new ApprovalBook({
    clock: context.clock,
    random: context.random,
    logger: context.logger,
    audit: () => audit,
    ownRequests: () => config.solo && law.environment.name === "development",
    maxOpen: config.maxOpenApprovals,
    prove: (who, statement) => proveApprover(registry, who, statement),
    roleOf: (principal) => roleNow(registry, principal),
    changed: (approval) => changes.saw(approval),
  });
  const answering = { guard: context.guard, book, runner: context.use(approvedRunner) };
  const given = (id: string, by: Approver) => {
    const { principal, role, comment, signature, signal } = approver(id, by);
    return { subject: { kind: "principal", id: principal, role }, role, comment, signature, signal } as const;
  };
  const api: Governance = {
    // Hosts in plain JavaScript may give anything; what cannot be read is denied.
    check: (request) => gate.decide(request, catalogue.find(request?.action)),
    rules: () => gate.engine?.policy.rules ?? [],
    get policy() {
      const digest = gate.engine?.policy.digest;
      return digest === undefined || law.genesis === undefined ? undefined : { digest, genesis: law.genesis.digest };
    },
    get environment() {
      return law.environment;
    },
    approvals: {
      list: (filter) => book.list(filter),
      find: (id) => book.find(id),
      approve: async (id, by) =>
        await answerApproval(answering, id, { ...given(id, by), verdict: "approve", standing: by.standing === true }),
      deny: async (id, by) => await answerApproval(answering, id, { ...given(id, by), verdict: "deny" }),
      revoke: async (id, by) => await revokeGrant(answering, id, given(id, by)),
    },
    principals: registry,
  };
  return {
    api,
    provisions: [
      context.provide(gates, gate),
      context.provide(approvals, book),
      context.provide(principals, registry),
      context.provide(agencyPolicies, agencyPolicy(config.agency)),
      context.provide(resourceSources, nodesOf(law.environment)),
      context.provide(keptEvents, governanceKept),
    ],
    get methods() {
      return [
        ...governanceMethods(api, context.use(processDirectory)),
        ...lawMethods({ guard, registry, law, catalogue, reader, now: () => clock.now(), beside }),
        ...judicialMethods({
          guard,
          registry,
          law,
          gate,
          audit,
          catalogue,
          reader,
          control: context.use(processControl),
          directory: context.use(processDirectory),
        }),
        ...environmentMethods({ guard, registry, law }),
        ...approvalMethods(api.approvals, answering, changes),
        ...principalMethods(registry, guard, () => clock.now()),
      ];
    },
    async start(signal) {
      const { files, dir, random } = context;
      signal.throwIfAborted();
      const path = `${dir}/journal/approvals`;
      await files.makeFolder(`${dir}/journal`, { mode: 0o700 });
      const known = `${dir}/journal/principals`;
      const amendments = `${dir}/journal/law`;
      const [keys, log, people, laws] = await Promise.all([
        openKeys(files, dir, random),
        context.platform.openAppendLog(files, path),
        context.platform.openAppendLog(files, known),
        context.platform.openAppendLog(files, amendments),
      ]);
      await registry.open(principalJournal({ log: people, path: known, key: keys.principals, random }));
      const chain = audit.persistent && audit.continues === undefined ? readable(reader) : undefined;
      if (chain !== undefined) await checkPrincipals(registry, chain, known);
      const file = new GenesisFile({ files, dir, key: keys.genesis, random });
      await law.open(file, lawJournal({ log: laws, path: amendments, key: keys.amendments, random }));
      signal.throwIfAborted();
      for (const [journal, { droppedBytes }] of Object.entries({ approvals: log, principals: people, law: laws })) {
        if (droppedBytes > 0) context.logger.warn(`the journal of ${journal} had a torn end`, { bytes: droppedBytes });
      }
      // Expiry goes by no earlier time than one at which a kernel of this directory was seen to run.
      if (chain !== undefined) for await (const { time } of chain.events({ kind: "kernel.*" })) book.saw(time);
      await book.open(approvalJournal({ log, path, key: keys.approvals, random }), keys.approvals);
      if (chain !== undefined) await settleApprovals(book, chain);
      if (law.genesis?.digest !== seed.digest) {
        const told = "this chain keeps the genesis rules it was begun with; this release has others, which it proposes";
        context.report("services", told, "warn");
      }
      if (law.environment.name !== context.environment) {
        const told = `the environment ${law.environment.name} is in force, switched to while ${context.environment} is configured`;
        context.report("services", told, "warn");
      }
      if (law.tooLax !== undefined) {
        const told = `the environment ${law.tooLax}, which was switched to, is laxer than ${context.environment} by now: the configured one is in force`;
        context.report("services", told, "warn");
      }
      const looser = law.looserThanLaw();
      if (looser.length > 0) {
        const told = `the configuration permits beyond the law of this chain: ${looser.slice(0, 8).join(", ")}`;
        context.report("services", told, "warn");
      }
      const unknown = unknownNames(configured.rules, {
        actions: new Set(catalogue.list().map(({ name }) => name)),
        environments: new Set(law.environments().map(({ name }) => name)),
      });
      if (unknown.length > 0) {
        const told = `the configuration names what nobody declares so far: ${unknown.slice(0, 8).join("; ")}`;
        context.report("services", told, "warn");
      }
      const united = unitedBranches(registry);
      if (united !== undefined) context.report("services", united, "warn");
      const near = await beside();
      if (near !== undefined) context.report("services", near, "warn");
      const pending = book.list({ state: "pending" }).length;
      const rules = gate.engine?.policy.rules.length ?? 0;
      context.report("services", `${rules} rules in ${law.environment.name}, ${pending} approvals pending`);
    },
    async stop() {
      changes.close();
      await book.close();
      await law.close();
      await registry.close();
    },
  };
}

function roleNow(registry: PrincipalRegistry, name: string): Role | "unknown" | undefined {
  if (!registry.known) return "unknown";
  const found = registry.find(name);
  return found?.state === "active" ? found.role : undefined;
}

/** Checks what a host says of who answers. @throws `APPROVAL_ROLE` */
function approver(id: string, by: Approver): Approver {
  const { principal, role, comment }: Partial<Record<keyof Approver, unknown>> = by ?? {};
  const named = typeof principal === "string" && principal !== "" && principal.length <= 128;
  if (named && typeof role === "string" && (comment === undefined || typeof comment === "string")) return by;
  const details = {
    approval: String(id).slice(0, 64),
    expected: "approver",
    actual: String(role).slice(0, 64),
  } as const;
  throw new ApprovalRoleError("expected who answers: a principal of 1 to 128 characters, its role, and text", {
    details,
  });
}

/** The nodes of governance in the resource tree; what is a fraction is text there. */
function nodesOf({ name, threshold, humanApproval, auditLevel, maxMagnitude }: Environment): ResourceSource {
  const metadata = {
    threshold: String(threshold),
    humanApproval,
    auditLevel,
    maxMagnitude: String(maxMagnitude),
  };
  return {
    owner: "governance",
    resources: () => [
      { path: "/kernel/services/governance", kind: "service" },
      { path: `/environments/${name}`, kind: "environment", metadata },
    ],
  };
}

function checked<Output>(schema: Schema<unknown, Output>, value: unknown, what: string): Output {
  return parse(schema, value, {
    what,
    error: (problem) => {
      const key = problem.issues[0]?.path.join(".") ?? "";
      const details = { file: what, line: 0, column: 0, rule: undefined, key };
      return new PolicyInvalidError(problem.message, { details, cause: problem.cause });
    },
  });
}

function factsOf(context: FeatureContext, ledger: EffectLedger): Facts {
  const directory: () => ProcessDirectory = context.use(processDirectory);
  const facts: Facts = {
    now: () => context.clock.now(),
    process: (id) => (/^\d{1,15}$/.test(id) ? directory().find(toPid(Number(id))) : undefined),
    accumulated(subject, windowMs, halfLifeMs) {
      const account = accountOf(subject, agentOf(subject, facts) ?? undefined);
      return account === undefined ? {} : ledger.within(account, windowMs, halfLifeMs, context.clock.monotonic());
    },
  };
  return facts;
}

/** A kernel whose chain nobody can read has no replays, and takes its journal's word at boot. */
function readable(reader: Late<AuditReader>): AuditReader | undefined {
  try {
    return reader();
  } catch (error) {
    if (isWeftError(error, "PORT_NOT_READY")) return undefined;
    throw error;
  }
}
