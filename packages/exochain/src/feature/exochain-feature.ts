// The chain as a feature of a kernel: opened at start, closed at stop, between them the kernel's audit log.
import {
  type ActionDeclaration,
  type AuditLog,
  type AuditReader,
  auditLog,
  auditReader,
  type ConfigSection,
  type Feature,
  type FeatureContext,
  type FeatureInstance,
  keptEvents,
  type ResourceSource,
  resourceSources,
} from "@weftos/interface";
import { z } from "@weftos/schema";
import { ChainClosedError } from "../error/chain-errors.ts";
import type { ChainSigner } from "../keys/chain-signer.ts";
import { fileSigner } from "../keys/key-files.ts";
import { type OpenTree, openTree } from "../tree/open-tree.ts";
import { resourceMethods } from "../tree/resource-methods.ts";
import type { Resources } from "../tree/resources.ts";
import { SERVICES } from "../tree/standard-nodes.ts";
import { resources } from "../tree/tree-view.ts";
import type { Chain } from "../writer/chain.ts";
import { openChain } from "../writer/open-chain.ts";
import { chainMethods } from "./chain-methods.ts";
import { eventKinds } from "./event-kinds.ts";
import { keeperMethods } from "./keeper-methods.ts";
import { intentsLeftOpen, type OpenIntent, OpenIntents, UNKNOWN_OUTCOME, unknownOutcome } from "./open-intents.ts";
import { proofMethods } from "./proof-methods.ts";
import { readMethods } from "./read-methods.ts";

/** What a kernel's chain may be told in code; everything else is in the section `[exochain]`. */
export interface ExochainInit {
  /** Signs checkpoints. @defaultValue the seeds in `keys/` */
  readonly signer?: ChainSigner | undefined;
}

/**
 * The chain as `kernel.exochain` gives it. Appending is the guard's and the features' business. `get`, `tail` and `tailFrom` first wait
 * until what was recorded before them is on disk.
 */
export type Exochain = Pick<
  Chain,
  | "status"
  | "verify"
  | "checkpoint"
  | "proof"
  | "consistency"
  | "export"
  | "get"
  | "range"
  | "tail"
  | "tailFrom"
  | "query"
  | "subscribe"
  | "flush"
  | "keyHistory"
> & {
  /** The resource tree: what there is, folded from the chain. */
  readonly tree: Resources;
};

const ownService: ResourceSource = {
  owner: "exochain",
  resources: () => [{ path: `${SERVICES}/exochain`, kind: "service" }],
};

const section = z.lazy(() =>
  z.strictObject({
    /** Most events that wait for the disk. */
    maxWaiting: z._default(z.int().check(z.minimum(64), z.maximum(1_000_000)), 8192),
    /** Events after which a checkpoint is signed. */
    checkpointEvents: z._default(z.int().check(z.minimum(1), z.maximum(1_000_000)), 1000),
    /** Milliseconds after which uncovered events get a checkpoint. */
    checkpointMs: z._default(z.int().check(z.minimum(100), z.maximum(3_600_000)), 5000),
    /** Most bytes of digest records in one of two files. */
    leavesBytes: z._default(z.int().check(z.minimum(65_536), z.maximum(2 ** 40)), 67_108_864),
  }),
);

const actions: readonly ActionDeclaration[] = [
  {
    name: "chain.checkpoint",
    description: "Sign a checkpoint of the audit chain",
    effect: { risk: 0, fairness: 0, privacy: 0, novelty: 0, security: 0 },
    audit: "logged",
    rights: ["operator"],
    role: "operator",
  },
  {
    name: "chain.export",
    description: "Write a copy of the audit chain to a place outside the state directory",
    effect: { risk: 0.1, fairness: 0, privacy: 0.2, novelty: 0, security: 0 },
    audit: "durable",
    rights: ["operator"],
    role: "operator",
  },
  {
    name: "chain.redact",
    description: "Destroy the payload of one event of the audit chain",
    effect: { risk: 0.3, fairness: 0, privacy: 0, novelty: 0, security: 0.3 },
    audit: "durable",
    rights: ["operator"],
    role: "admin",
  },
  {
    name: "chain.rotate-keys",
    description: "Put new keys of the audit chain in force",
    effect: { risk: 0.3, fairness: 0, privacy: 0, novelty: 0, security: 0.3 },
    audit: "durable",
    rights: ["operator"],
    role: "admin",
  },
  {
    name: "resource.change",
    description: "Change the resource tree",
    effect: { risk: 0.2, fairness: 0, privacy: 0, novelty: 0, security: 0.1 },
    audit: "logged",
    rights: ["operator"],
    role: "operator",
  },
  {
    name: "resource.acl",
    description: "Change who may do what with a resource",
    effect: { risk: 0.3, fairness: 0, privacy: 0, novelty: 0, security: 0.3 },
    audit: "durable",
    // The tree decides: who is no admin must hold the permission `admin` there.
    rights: [],
    role: "operator",
  },
  {
    name: "resource.delegate",
    description: "Pass permissions on a resource on to somebody, until a time",
    effect: { risk: 0.2, fairness: 0, privacy: 0, novelty: 0, security: 0.2 },
    audit: "durable",
    rights: [],
    role: "operator",
  },
  {
    name: "resource.revoke",
    description: "Take a delegation back, and all that stand under it",
    effect: { risk: 0.1, fairness: 0, privacy: 0, novelty: 0, security: 0 },
    audit: "durable",
    rights: [],
    role: "operator",
  },
];

/**
 * Makes the feature that records everything in a tamper-evident chain.
 *
 * @example
 * ```ts no-run
 * const kernel = await Kernel.boot({ dir: "/var/lib/weftos", features: [exochain()] });
 * console.log(kernel.exochain.status().head, (await kernel.exochain.verify()).valid);
 * ```
 */
export function exochain(init: ExochainInit = {}): Feature<"exochain", Exochain> {
  return {
    name: "exochain",
    package: "@weftos/exochain",
    provides: [auditLog, auditReader],
    needs: [],
    uses: [resourceSources, keptEvents],
    actions,
    events: eventKinds,
    config: { schema: section } satisfies ConfigSection<z.infer<typeof section>>,
    create: (context) => createInstance(init, context),
  };
}

function createInstance(init: ExochainInit, context: FeatureContext): FeatureInstance<Exochain> {
  let opened: Chain | undefined;
  let openedTree: OpenTree | undefined;
  const intents = new OpenIntents();
  const sources = context.all(resourceSources);
  const kept = context.all(keptEvents);
  const chain = (): Chain => {
    if (opened === undefined)
      throw new ChainClosedError("the chain is not open: the kernel has not started it, or has stopped", {
        details: {},
      });
    return opened;
  };
  const tree = (): OpenTree => {
    if (openedTree === undefined)
      throw new ChainClosedError("the resource tree is not open: the kernel has not started it, or has stopped", {
        details: {},
      });
    return openedTree;
  };
  const view = resources(tree, {
    guard: context.guard,
    clock: context.clock,
    // Read anew each time: a rotation puts others in their place.
    signer: async () => init.signer ?? (await fileSigner(context.files, context.dir)),
  });
  const log: AuditLog = {
    append: (event) => {
      const receipt = tree().append(event);
      intents.saw(event, receipt.sequence);
      return receipt;
    },
    digest: (record) => chain().digest(record),
    ready: () => chain().ready(),
    get failure() {
      return opened?.status().error;
    },
    get continues() {
      return chain().status().continues;
    },
    persistent: context.persistent,
  };
  const recordUnknown = (intent: OpenIntent): void => {
    const actor = { pid: 0, principal: intent.principal };
    log.append({ source: "exochain", kind: UNKNOWN_OUTCOME, actor, payload: unknownOutcome(intent) });
  };
  const api: Exochain = {
    status: () => chain().status(),
    verify: (options) => chain().verify(options),
    checkpoint: () => chain().checkpoint(),
    proof: async (sequence, options) => {
      await chain().flush();
      return await chain().proof(sequence, options);
    },
    consistency: (from, to) => chain().consistency(from, to),
    export: (request) => chain().export(request),
    get: async (sequence) => {
      await chain().flush();
      return await chain().get(sequence);
    },
    range: (from, to) => chain().range(from, to),
    tail: async (count) => {
      await chain().flush();
      return await chain().tail(count);
    },
    tailFrom: async (after, count) => {
      await chain().flush();
      return await chain().tailFrom(after, count);
    },
    query: (filter) => chain().query(filter),
    subscribe: (from, options) => chain().subscribe(from, options),
    flush: () => chain().flush(),
    keyHistory: () => chain().keyHistory(),
    tree: view,
  };
  return {
    api,
    provisions: [context.provide(auditLog, log), context.provide(auditReader, readerOf(chain))],
    get methods() {
      return [
        ...chainMethods(chain, context.guard),
        ...keeperMethods(
          chain,
          context.guard,
          (sequence) => tree().redacted(sequence),
          () => kept().flat(),
        ),
        ...proofMethods(chain, context.guard),
        ...readMethods(chain, context.clock),
        ...resourceMethods(view),
      ];
    },
    async start(signal) {
      signal.throwIfAborted();
      const { files, dir, clock, random, logger, persistent } = context;
      const config = section.parse(context.config ?? {});
      opened = await openChain({ files, dir, clock, random, logger, persistent, signer: init.signer, ...config });
      const lost = await intentsLeftOpen(opened);
      const all = [ownService, ...sources()];
      openedTree = await openTree({ chain: opened, files, dir, logger, sources: all }, signal);
      const { lost: gone } = openedTree;
      if (gone !== undefined) {
        const why = `event ${gone.sequence}: ${gone.reason}`;
        context.report("services", `the resource tree begins anew, without its access lists (${why})`, "warn");
      }
      for (const intent of lost) {
        recordUnknown(intent);
        const { action, subject, resource } = intent;
        const told = `${action} of ${subject} on ${resource} was running when the last kernel ended: its outcome is unknown`;
        context.report("services", `${told} (event ${intent.intent})`, "warn");
      }
      const { events, head, chainId, continues } = opened.status();
      if (continues !== undefined)
        context.report("services", `chain continues ${continues.chain.slice(0, 8)}, which was damaged`, "warn");
      context.report("services", `chain ${chainId.slice(0, 8)} open: ${events} events, head ${head.slice(0, 16)}`);
    },
    async ready() {
      // In a turn of its own, so that who waits for the boot goes on first.
      await context.clock.sleep(0);
      openedTree?.settle();
    },
    async stop() {
      if (opened?.status().writable === true) for (const intent of intents.list()) recordUnknown(intent);
      const closing = opened;
      const closingTree = openedTree;
      opened = undefined;
      openedTree = undefined;
      await closingTree?.close();
      await closing?.close();
    },
  };
}

/** Gives what others may read of the chain: what was recorded when they asked, and no more. */
function readerOf(chain: () => Chain): AuditReader {
  return {
    async *events({ kind, from = 0, since, signal } = {}) {
      await chain().flush();
      const { events: to } = chain().status();
      for await (const event of chain().query({ kind, from, to, since, signal })) {
        const { sequence, time, source, kind: found, payload } = event;
        const { principal, pid, agent } = event.actor;
        yield { sequence, time, source, kind: found, actor: { principal, pid, agent }, payload };
      }
    },
  };
}
