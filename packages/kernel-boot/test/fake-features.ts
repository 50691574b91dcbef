/** Features with nothing behind them, and providers that record how they were asked. */
import {
  type AnyPort,
  type Approval,
  type ApprovalDraft,
  type Approvals,
  type AuditEvent,
  type AuditLog,
  approvals,
  auditLog,
  type CapabilityCheck,
  capabilityCheck,
  type Decision,
  type DigestRecord,
  type Feature,
  type FeatureContext,
  type FeatureInstance,
  type Gate,
  gates,
  type JsonValue,
  type Permit,
  type Provision,
} from "@weftos/interface";

export interface FakeInit<Name extends string, Api>
  extends Partial<Omit<Feature<Name, Api>, "name" | "create" | "provides">> {
  readonly name: Name;
  readonly api?: Api;
  readonly provisions?: readonly Provision[];
  readonly provides?: readonly AnyPort[];
  readonly methods?: FeatureInstance<Api>["methods"];
  readonly onCreate?: (context: FeatureContext) => void;
  readonly start?: (signal: AbortSignal) => Promise<void>;
  readonly ready?: () => Promise<void>;
  readonly stop?: (signal: AbortSignal) => Promise<void>;
}

export function fakeFeature<const Name extends string, Api = undefined>(init: FakeInit<Name, Api>): Feature<Name, Api> {
  const provisions = init.provisions ?? (init.provides ?? []).map((port) => ({ port, value: init.name }));
  return {
    package: `@fake/${init.name}`,
    needs: [],
    uses: [],
    actions: [],
    events: [],
    ...init,
    provides: init.provides ?? provisions.map(({ port }) => port),
    create(context) {
      init.onCreate?.(context);
      const { start, ready, stop } = init;
      return {
        api: init.api as Api,
        provisions,
        methods: init.methods ?? [],
        ...(start === undefined ? {} : { start }),
        ...(ready === undefined ? {} : { ready }),
        ...(stop === undefined ? {} : { stop }),
      };
    },
  };
}

export function permit(over: Partial<Permit> = {}): Permit {
  return { verdict: "permit", reason: "fine", rules: [], policy: "p", warnings: [], cacheable: true, ...over };
}

export function gateOf(decide: Gate["decide"], version = 1): Gate & { version: number } {
  return { name: "fake", version, decide };
}

export interface RecordedAudit extends AuditLog {
  readonly events: AuditEvent[];
  readonly digests: DigestRecord[];
}

export function recordedAudit(trail: string[] = []): RecordedAudit {
  const events: AuditEvent[] = [];
  const digests: DigestRecord[] = [];
  return {
    events,
    digests,
    persistent: true,
    ready: () => Promise.resolve(),
    append(event) {
      trail.push(`audit:${event.kind}`);
      events.push(event);
      return { sequence: events.length, hash: new Uint8Array(32), durable: Promise.resolve() };
    },
    digest(record) {
      trail.push("audit:digest");
      digests.push(record);
    },
  };
}

export const openCapabilities: CapabilityCheck = {
  check: () => undefined,
  snapshot: (subject) => ({ of: subject.id }),
  checkSnapshot: () => undefined,
};

export interface GuardInit {
  readonly decide?: (...request: Parameters<Gate["decide"]>) => Decision;
  readonly capabilities?: CapabilityCheck;
  readonly audit?: AuditLog;
  readonly approvals?: Approvals;
}

/** The features that a guard needs to permit anything. */
export function guardFeatures(init: GuardInit = {}): readonly Feature[] {
  return [
    fakeFeature({ name: "chain", provisions: [{ port: auditLog, value: init.audit ?? recordedAudit() }] }),
    fakeFeature({
      name: "law",
      provisions: [
        { port: gates, value: gateOf(init.decide ?? (() => permit())) },
        ...(init.approvals === undefined ? [] : [{ port: approvals, value: init.approvals }]),
      ],
    }),
    fakeFeature({
      name: "rights",
      provisions: [{ port: capabilityCheck, value: init.capabilities ?? openCapabilities }],
    }),
  ];
}

/** A promise that a test settles. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

export function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

interface Kept {
  approval: Approval;
  readonly draft: ApprovalDraft;
  readonly answered: Deferred<Approval>;
  waiting: number;
}

/** Approvals in memory, with what a test needs to answer them. */
export function fakeApprovals(): Approvals & { readonly kept: Map<string, Kept>; approve(id: string): Approval } {
  const kept = new Map<string, Kept>();
  const of = (id: string): Kept => {
    const found = kept.get(id);
    if (found === undefined) throw new Error(`no approval ${id}`);
    return found;
  };
  const digest = ({ request, display, input }: ApprovalDraft): string =>
    JSON.stringify([request, display, input ?? null]);
  return {
    kept,
    approve(id) {
      const one = of(id);
      one.approval = { ...one.approval, state: "approved" };
      one.answered.resolve(one.approval);
      return one.approval;
    },
    ask: async (draft) => {
      const id = `approval-${kept.size + 1}`;
      const approval: Approval = {
        id,
        state: "pending",
        request: draft.request,
        agent: draft.agent,
        display: draft.display,
        reason: "asked",
        rules: [],
        digest: digest(draft),
        to: "approver",
        quorum: 1,
        stored: draft.input !== undefined,
        createdAt: 0,
        expiresAt: 1000,
        answers: [],
      };
      kept.set(id, { approval, draft, answered: deferred(), waiting: 0 });
      return approval;
    },
    find: (id) => kept.get(id)?.approval,
    list: (filter) =>
      [...kept.values()]
        .map((one) => one.approval)
        .filter((one) => filter?.state === undefined || one.state === filter.state),
    answer: () => Promise.reject(new Error("not used here")),
    revoke: () => Promise.reject(new Error("not used here")),
    covering: () => undefined,
    holds: () => true,
    wait: async (id) => {
      const one = of(id);
      one.waiting++;
      try {
        return await one.answered.promise;
      } finally {
        one.waiting--;
      }
    },
    awaited: (id) => (kept.get(id)?.waiting ?? 0) > 0,
    redeem: async (id, draft) => {
      const one = of(id);
      if (one.approval.state !== "approved") throw new Error(`approval ${id} is ${one.approval.state}`);
      if (one.approval.digest !== digest(draft)) throw new Error(`approval ${id} was given for something else`);
      one.approval = { ...one.approval, state: "used" };
      return one.approval;
    },
    giveUp: async (id) => {
      const one = id === undefined ? undefined : of(id);
      if (one?.approval.state === "approved") one.approval = { ...one.approval, state: "expired" };
    },
    stored: async (id) => {
      const { approval, draft } = of(id);
      return draft.input === undefined
        ? undefined
        : { approval, input: draft.input as JsonValue, rights: draft.rights };
    },
  };
}

export const defer = (): Decision => ({
  verdict: "defer",
  reason: "a person must look",
  rules: [],
  policy: "p",
  to: "approver",
  quorum: 1,
  expiresMs: 1000,
});

export const deny = (over: Partial<Extract<Decision, { verdict: "deny" }>> = {}): Decision => ({
  verdict: "deny",
  by: "rule",
  reason: "no",
  rules: [],
  policy: "p",
  suspend: false,
  ...over,
});
