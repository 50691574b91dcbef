/** Wires governance into a kernel: its gate, its approvals, its action, its methods. */
import {
  agencyPolicies,
  approvals,
  approvedRunner,
  auditLog,
  auditReader,
  environmentInForce,
  type Feature,
  type FeatureContext,
  type FeatureInstance,
  gates,
  keptEvents,
  principals,
  processControl,
  processDirectory,
  type Role,
  resourceSources,
  type Schema,
} from "@weftos/interface";
import { parse } from "@weftos/schema";
import { agencyPolicy } from "../agency/agency-roles.ts";
import { ApprovalBook } from "../approval/approval-book.ts";
import { ApprovalChanges } from "../approval/approval-changes.ts";
import { GovernanceGate } from "../decision/governance-gate.ts";
import { liveFacts } from "../decision/live-facts.ts";
import { AccountsBefore } from "../effect/accounts-before.ts";
import { EffectLedger } from "../effect/effect-ledger.ts";
import { type EnvironmentInit, environmentsSchema, mergeEnvironments } from "../environment/environment.ts";
import { environmentNodes } from "../environment/environment-node.ts";
import { LawInForce } from "../law/law-in-force.ts";
import { genesisPolicy } from "../policy/genesis-rules.ts";
import { joinPolicies, makePolicy, type Policy, placed } from "../policy/policy.ts";
import { PolicyInvalidError } from "../policy/policy-errors.ts";
import { readPolicyFiles } from "../policy/policy-files.ts";
import { keysBeside } from "../principal/keys-beside.ts";
import { PrincipalRegistry } from "../principal/principal-registry.ts";
import { proveApprover } from "../principal/separation.ts";
import { answerApproval, revokeGrant } from "./answer-approval.ts";
import { approvalMethods } from "./approval-methods.ts";
import { bootNotes } from "./boot-notes.ts";
import { environmentMethods } from "./environment-methods.ts";
import { explainMethod } from "./explain-method.ts";
import { givenApprover } from "./given-approver.ts";
import type { Approver, Governance } from "./governance-api.ts";
import { configuredPolicy, governanceConfig } from "./governance-config.ts";
import { governanceActions, governanceEvents, governanceKept } from "./governance-events.ts";
import { governanceMethods } from "./governance-methods.ts";
import { judicialMethods } from "./judicial-methods.ts";
import { lawMethods } from "./law-methods.ts";
import { openState, readable } from "./open-state.ts";
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
    provides: [gates, approvals, principals, agencyPolicies, resourceSources, keptEvents, environmentInForce],
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
  const inCodePolicies = (init.policies ?? []).map(({ rules, dimensions }) => {
    const source = "the policies of governance()";
    return placed(makePolicy(rules, { dimensions, source }), source);
  });
  const added = [...inCodePolicies, configuredPolicy(config, context.configSource)];
  // Joined here too, so that a clash is told before anything starts.
  joinPolicies([placed(seed, "the genesis rules"), ...added]);

  const audit = context.need(auditLog);
  const ledger = new EffectLedger();
  const before = new AccountsBefore();
  const facts = liveFacts(context, ledger, (subject) => book.accountOf(subject), before);
  const gate = new GovernanceGate(facts, ({ subject }, { effect }) => {
    const account = facts.account(subject);
    return account === undefined ? undefined : ledger.book(account, effect, context.clock.monotonic());
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
  const book: ApprovalBook = new ApprovalBook({
    clock: context.clock,
    random: context.random,
    logger: context.logger,
    audit: () => audit,
    ownRequests: () => config.solo && law.environment.name === "development",
    ownAgents: (name) => config.solo && (!registry.known || registry.owner()?.name === name),
    maxOpen: config.maxOpenApprovals,
    accountOf: (subject) => facts.account(subject),
    startedBy: ({ kind, id }) => (kind === "process" ? facts.process(id)?.principal : undefined),
    prove: (who, statement) => proveApprover(registry, who, statement),
    roleOf: (principal) => roleNow(registry, principal),
    changed: (approval) => changes.saw(approval),
  });
  const answering = { guard: context.guard, book, runner: context.use(approvedRunner) };
  const given = (id: string, by: Approver) => {
    const { principal, role, comment, signature, signal } = givenApprover(id, by);
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
      context.provide(resourceSources, environmentNodes(law.environment)),
      context.provide(keptEvents, governanceKept),
      context.provide(environmentInForce, {
        get name() {
          return law.environment.name;
        },
      }),
    ],
    get methods() {
      return [
        ...governanceMethods(
          api,
          context.use(processDirectory),
          () => law.stays.list(),
          (policy, request) => law.engineWith(policy).decide(request, catalogue.find(request.action), facts),
        ),
        ...lawMethods({ guard, registry, law, catalogue, reader, clock, solo: config.solo, beside }),
        explainMethod({ law, gate, reader }),
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
          clock,
        }),
        ...environmentMethods({ guard, registry, law }),
        ...approvalMethods(api.approvals, answering, changes),
        ...principalMethods({ registry, guard, now: () => clock.now(), chain: () => law.legislature.chain }),
      ];
    },
    async start(signal) {
      const chain = audit.persistent ? readable(reader) : undefined;
      const whole = audit.continues === undefined ? chain : undefined;
      const { configSource, platform } = context;
      const { policies, unmatched } = await readPolicyFiles(
        platform.files,
        configSource.folder,
        config.policies,
        (index) => configSource.place(["policies", index]),
      );
      await openState(context, { registry, law, book, policies }, { chain, whole }, signal);
      const notes = bootNotes({
        law,
        release: seed.digest,
        configured: context.environment,
        rules: [...added, ...policies].flatMap(({ policy }) => policy.rules),
        unmatched,
        actions: new Set(catalogue.list().map(({ name }) => name)),
        registry,
        solo: config.solo,
        beside: await beside(),
      });
      for (const note of notes) context.report("services", note, "warn");
      if (chain !== undefined) {
        const rules = gate.engine?.policy.rules ?? [];
        const { logger } = context;
        if (!(await before.read({ ledger, reader: chain, rules, clock, logger, signal }))) {
          const note = "what agents did before is still being read: what rules add up is refused until then";
          context.report("services", note, "warn");
        }
      }
      const pending = book.list({ state: "pending" }).length;
      const rules = gate.engine?.policy.rules.length ?? 0;
      context.report("services", `${rules} rules in ${law.environment.name}, ${pending} approvals pending`);
    },
    async stop() {
      await before.stop();
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
