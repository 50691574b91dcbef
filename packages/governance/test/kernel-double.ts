// A kernel as small as governance needs one: the real `guarded`, a memory platform, an audit log that keeps keys.
import {
  type ActionDeclaration,
  type AfterAnswer,
  type AnyPort,
  type Approval,
  type Approvals,
  type AuditEvent,
  type AuditLog,
  type AuditReader,
  approvals,
  auditLog,
  type Decision,
  type EnvironmentInForce,
  environmentInForce,
  type FeatureContext,
  type Files,
  type Gate,
  type Guard,
  type GuardPorts,
  gates,
  guarded,
  guardedSync,
  type Logger,
  type Method,
  type ProcessInfo,
  type Provision,
  type RecordedFilter,
} from "@weftos/interface";
import { compileGlob } from "@weftos/schema";
import { memoryPlatform, type TestPlatform } from "@weftos/testkit";
import { type Governance, type GovernanceInit, governance } from "../src/index.ts";

export interface Recorded extends AuditEvent {
  readonly sequence: number;
  readonly time: number;
}

/** An audit log in memory that stands for a chain when it is kept from boot to boot. */
export class AuditDouble implements AuditLog, AuditReader {
  /** Milliseconds UTC of the next event. */
  now: () => number = () => 0;
  readonly recorded: Recorded[] = [];
  readonly persistent: boolean;
  readonly salt: number;
  failing = false;
  continues: AuditLog["continues"];

  constructor(persistent = true, salt = 1) {
    this.persistent = persistent;
    this.salt = salt;
  }

  append(event: AuditEvent) {
    if (this.failing) throw new Error("the disk is full");
    const key = event.idempotencyKey;
    const known = key === undefined ? undefined : this.recorded.find((other) => other.idempotencyKey === key);
    const recorded = known ?? { ...event, sequence: this.recorded.length + 1, time: this.now() };
    if (known === undefined) this.recorded.push(recorded);
    return {
      sequence: recorded.sequence,
      hash: new Uint8Array(32).fill(recorded.sequence + this.salt),
      durable: Promise.resolve(),
    };
  }

  digest(): void {}

  async *events({ kind, from = 0, since = 0, signal }: RecordedFilter = {}) {
    const glob = kind === undefined ? undefined : compileGlob(kind);
    for (const event of [...this.recorded]) {
      signal?.throwIfAborted();
      if (event.sequence >= from && event.time >= since && glob?.matches(event.kind) !== false) yield event;
    }
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  kinds(): string[] {
    return this.recorded.map((event) => event.kind);
  }
}

export interface DoubleInit {
  readonly init?: GovernanceInit;
  readonly config?: unknown;
  readonly environment?: string;
  readonly platform?: TestPlatform;
  readonly files?: Files;
  readonly audit?: AuditDouble;
  readonly after?: (approval: Approval) => AfterAnswer;
  readonly processes?: readonly (Pick<ProcessInfo, "pid" | "name" | "capabilities"> & Partial<ProcessInfo>)[];
}

export interface KernelDouble {
  readonly governance: Governance;
  readonly gate: Gate;
  /** What the kernel says of its environment. */
  readonly inForce: EnvironmentInForce;
  readonly approvals: Approvals;
  readonly guard: Guard;
  readonly audit: AuditDouble;
  readonly platform: TestPlatform;
  readonly reports: string[];
  readonly warnings: string[];
  readonly suspended: number[];
  readonly declarations: Map<string, ActionDeclaration>;
  method(name: string): Method;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export const DIR = "/state";

/** Creates governance in a kernel double; `start` is the caller's. */
export function createDouble(init: DoubleInit = {}): KernelDouble {
  const platform = init.platform ?? memoryPlatform();
  const files = init.files ?? platform.files;
  const audit = init.audit ?? new AuditDouble();
  const feature = governance(init.init);
  const declarations = new Map(feature.actions.map((action) => [action.name, action]));
  const values = new Map<string, unknown>([
    [auditLog.name, audit],
    [
      "ProcessDirectory",
      { find: (pid: number) => init.processes?.find((one) => one.pid === pid), list: () => init.processes ?? [] },
    ],
    ["ProcessControl", { suspend: (pid: number) => void suspended.push(pid) }],
    ["AuditReader", audit],
    ["ApprovedRunner", { afterAnswer: async (approval: Approval) => init.after?.(approval) ?? { next: "none" } }],
  ]);
  const suspended: number[] = [];
  const reports: string[] = [];
  const warnings: string[] = [];
  const ports: GuardPorts = {
    catalogue: { find: (name) => declarations.get(name) },
    capabilities: {
      check: ({ subject }, { rights }) =>
        subject.kind === "process" && rights.includes("operator") ? "a process is no operator" : undefined,
      snapshot: () => ({ version: 1 }),
      checkSnapshot: () => undefined,
    },
    decide: (request, declaration): Decision => gateOf().decide(request, declaration),
    admitted: (request, declaration) => gateOf().admitted?.(request, declaration),
    warned: (_request, told) => void warnings.push(...told),
    audit,
    get approvals() {
      return bookOf();
    },
    clock: platform.clock,
    count: () => {},
    recordRefusal: (event) => void audit.append(event),
  };
  const guard: Guard = {
    perform: (call, run) => guarded(ports, call, run),
    performSync: (call, run) => guardedSync(ports, call, run),
    forget: () => undefined,
    counts: () => ({ permit: 0, defer: 0, deny: 0 }),
  };
  const need = (port: AnyPort): never => values.get(port.name) as never;
  const context: FeatureContext = {
    config: init.config,
    configSource: {
      folder: "/etc/weft",
      place: (path) => ({ source: "/etc/weft/weave.toml", line: 100 + Number(path[1] ?? 0) }),
    },
    clock: platform.clock,
    random: platform.random,
    logger: loggerInto(warnings),
    platform,
    files,
    dir: DIR,
    persistent: true,
    environment: init.environment ?? "development",
    guard,
    catalogue: { find: (name) => declarations.get(name), list: () => [...declarations.values()] },
    signal: new AbortController().signal,
    need,
    use: (port: AnyPort) => () => need(port),
    all: () => () => [],
    provide: (port, value): Provision => ({ port, value }),
    report: (_phase, message) => void reports.push(message),
    loggerFor: () => loggerInto(warnings),
    events: () => {
      throw new Error("governance emits no in-process events");
    },
  };
  const instance = feature.create(context);
  const provided = (port: AnyPort): unknown => instance.provisions.find((one) => one.port.name === port.name)?.value;
  const gateOf = (): Gate => provided(gates) as Gate;
  const bookOf = (): Approvals => provided(approvals) as Approvals;
  return {
    governance: instance.api,
    gate: gateOf(),
    inForce: provided(environmentInForce) as EnvironmentInForce,
    approvals: bookOf(),
    guard,
    audit,
    platform,
    reports,
    warnings,
    suspended,
    declarations,
    method: (name) => instance.methods.find((method) => method.name === name) as Method,
    start: async () => instance.start?.(new AbortController().signal),
    stop: async () => instance.stop?.(new AbortController().signal),
  };
}

/** Creates and starts. */
export async function startDouble(init: DoubleInit = {}): Promise<KernelDouble> {
  const kernel = createDouble(init);
  await kernel.start();
  return kernel;
}

function loggerInto(warnings: string[]): Logger {
  const none = (): void => {};
  const keep = (message: string): void => void warnings.push(message);
  return { trace: none, debug: none, info: none, warn: keep, error: keep, enabled: () => true };
}
