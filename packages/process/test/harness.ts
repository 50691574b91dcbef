/** A kernel of fakes around the real feature: the real guard, a gate that permits what the test permits. */
import {
  type ActionDeclaration,
  type AgencyPolicy,
  type AnyPort,
  type AuditEvent,
  agencyPolicies,
  auditLog,
  type CapabilityCheck,
  capabilityCheck,
  type Decision,
  type EventEmitter,
  type EventMap,
  type FeatureContext,
  type Files,
  type GuardedCall,
  guarded,
  guardedSync,
  type Logger,
  type Method,
  messageRouter,
  type ProcessControl,
  type ProcessDirectory,
  processControl,
  processDirectory,
  type SpawnBackend,
  spawnBackends,
  type ToolRunner,
  toolRunner,
} from "@weftos/interface";
import { memoryPlatform, type TestPlatform } from "@weftos/testkit";
import { type Processes, type ProcessInit, process } from "../src/index.ts";
import { FakeRouter } from "./fake-router.ts";

const permit: Decision = {
  verdict: "permit",
  reason: "the test permits it",
  rules: [],
  policy: "",
  warnings: [],
  cacheable: false,
};

export interface Harness {
  readonly process: Processes;
  readonly directory: ProcessDirectory;
  readonly control: ProcessControl;
  readonly capabilities: CapabilityCheck;
  readonly router: FakeRouter;
  readonly platform: TestPlatform;
  readonly audit: AuditEvent[];
  readonly logs: { readonly level: string; readonly message: string; readonly fields: object }[];
  readonly methods: ReadonlyMap<string, Method>;
  readonly declarations: ReadonlyMap<string, ActionDeclaration>;
  /** What the gate says; replace it to refuse. */
  decide: (action: string) => Decision;
  /** Makes the audit log throw. */
  auditFails: boolean;
  /** Shuts down as a kernel does. */
  shutdown(): Promise<void>;
}

export interface HarnessInit {
  readonly init?: ProcessInit;
  readonly platform?: TestPlatform;
  readonly tools?: ToolRunner;
  /** The host's files, where agents in processes of their own need real ones; those of the platform otherwise. */
  readonly disk?: Files;
  /** The kernel's working folder, from which modules are named. */
  readonly folder?: string;
  /** Spawn backends besides the feature's own. */
  readonly backends?: readonly SpawnBackend[];
  readonly agency?: readonly AgencyPolicy[];
  /** Called when the feature has started, before it takes up work. */
  readonly onBoot?: (kernel: Harness) => void;
}

/** Boots the feature on a memory platform. */
export async function harness({
  init,
  platform = memoryPlatform(),
  tools,
  backends = [],
  agency = [],
  onBoot,
  disk = platform.files,
  folder = "/",
}: HarnessInit = {}): Promise<Harness> {
  const feature = process(init);
  const router = new FakeRouter(platform.clock);
  const audit: AuditEvent[] = [];
  const logs: { level: string; message: string; fields: object }[] = [];
  const stopping = new AbortController();
  const declarations = new Map(feature.actions.map((action) => [action.name, action]));
  const provided = new Map<string, unknown[]>();
  const one = <T>(port: AnyPort): T => provided.get(port.name)?.[0] as T;
  const log =
    (level: string) =>
    (message: string, fields: object = {}): void => {
      logs.push({ level, message, fields });
    };
  const logger: Logger = {
    trace: log("trace"),
    debug: log("debug"),
    info: log("info"),
    warn: log("warn"),
    error: log("error"),
    enabled: () => true,
  };
  const state: Pick<Harness, "decide" | "auditFails"> = { decide: () => permit, auditFails: false };
  const auditPort = {
    append: (event: AuditEvent) => {
      if (state.auditFails) throw new Error("the disk is full");
      audit.push(event);
      return { sequence: audit.length, hash: new Uint8Array(32), durable: Promise.resolve() };
    },
    digest: () => undefined,
    ready: async () => undefined,
    persistent: false,
  };
  const ports = {
    catalogue: { find: (name: string) => declarations.get(name) },
    get capabilities(): CapabilityCheck {
      return one<CapabilityCheck>(capabilityCheck);
    },
    decide: (request: { readonly action: string }) => state.decide(request.action),
    audit: auditPort,
    approvals: undefined as never,
    clock: platform.clock,
    count: () => undefined,
    admitted: () => undefined,
    warned: () => undefined,
    recordRefusal: (event: AuditEvent) => void audit.push(event),
  };
  provided.set(auditLog.name, [auditPort]);
  provided.set(messageRouter.name, [router]);
  provided.set(agencyPolicies.name, [...agency]);
  if (tools !== undefined) provided.set(toolRunner.name, [tools]);
  const context: FeatureContext = {
    config: {},
    clock: platform.clock,
    random: platform.random,
    logger,
    platform: { ...platform, files: disk, workingFolder: () => folder },
    files: platform.files,
    dir: "/state",
    persistent: true,
    environment: "development",
    configSource: { folder: "/", place: () => ({ source: "the test", line: undefined }) },
    guard: {
      perform: <T>(call: GuardedCall<T>, run: Parameters<typeof guarded<T>>[2]) => guarded(ports, call, run),
      performSync: (call, run) => guardedSync(ports, call, run),
      forget: () => undefined,
      counts: () => ({ permit: 0, defer: 0, deny: 0 }),
    },
    catalogue: { find: (name) => declarations.get(name), list: () => [...declarations.values()] },
    signal: stopping.signal,
    need: (port) => one(port),
    use: (port) => () => one(port),
    all: (port) => () => (provided.get(port.name) ?? []) as never,
    provide: (port, value) => ({ port, value }),
    report: () => undefined,
    loggerFor: () => logger,
    events: emitter,
  };
  const instance = feature.create(context);
  for (const { port, value } of instance.provisions) {
    provided.set(port.name, [...(provided.get(port.name) ?? []), value]);
  }
  provided.set(spawnBackends.name, [...(provided.get(spawnBackends.name) ?? []), ...backends]);
  await instance.start?.(new AbortController().signal);
  const made: Harness = {
    process: instance.api,
    directory: one<ProcessDirectory>(processDirectory),
    control: one<ProcessControl>(processControl),
    capabilities: one<CapabilityCheck>(capabilityCheck),
    router,
    platform,
    audit,
    logs,
    methods: new Map(instance.methods.map((method) => [method.name, method])),
    declarations,
    get decide() {
      return state.decide;
    },
    set decide(decide) {
      state.decide = decide;
    },
    get auditFails() {
      return state.auditFails;
    },
    set auditFails(fails) {
      state.auditFails = fails;
    },
    async shutdown() {
      stopping.abort();
      await instance.stop?.(new AbortController().signal);
    },
  };
  if ((provided.get(spawnBackends.name) ?? []).length === 0) throw new Error("the feature brings its backends");
  onBoot?.(made);
  await instance.ready?.();
  return made;
}

function emitter<Events extends EventMap>(): EventEmitter<Events> {
  const listeners = new Map<string, Set<(event: never) => void>>();
  return {
    on(name, listener) {
      const added = listeners.get(name) ?? new Set();
      listeners.set(name, added.add(listener as never));
      return () => void added.delete(listener as never);
    },
    emit(name, event) {
      for (const listener of listeners.get(name) ?? []) listener(event as never);
    },
  };
}
