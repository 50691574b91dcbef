/** The tools feature over the real guard, whose ports the test holds in its hands. */
import {
  type ActionDeclaration,
  type ActionRequest,
  type Approval,
  type ApprovalDraft,
  type AuditEvent,
  type Capabilities,
  type Decision,
  type DefinedActions,
  type DigestRecord,
  definedActions,
  type FeatureContext,
  type FeatureInstance,
  type Files,
  type Guard,
  type GuardPorts,
  guarded,
  KERNEL_PID,
  type Pid,
  type ProcessInfo,
  type Subject,
} from "@weftos/interface";
import { nodePlatform } from "@weftos/platform";
import { type ManualClock, manualClock } from "@weftos/testkit";
import { type Tools, type ToolsInit, tools } from "../../src/index.ts";

/** The process that asks in these tests. */
export const agent: Subject = { kind: "process", id: "7" };
export const kernel: Subject = { kind: "kernel", id: "0" };

/** Rights that grant nothing but what is given. */
export function rights(
  given: { readonly [Key in keyof Capabilities]?: Partial<Capabilities[Key]> | undefined } = {},
): Capabilities {
  return {
    canSpawn: false,
    canIpc: false,
    canExecTools: given.canExecTools === undefined ? true : given.canExecTools === true,
    canNetwork: given.canNetwork === true,
    ipcScope: { kind: "none" },
    tools: { allow: ["*"], deny: [], ...given.tools },
    files: { read: [], write: [], own: [], deny: [], ...given.files },
  };
}

export interface Guarding {
  readonly api: Tools;
  readonly instance: FeatureInstance<Tools>;
  readonly actions: DefinedActions;
  readonly clock: ManualClock;
  /** What the guard was asked, in order. */
  readonly asked: ActionRequest[];
  readonly drafts: ApprovalDraft[];
  readonly events: AuditEvent[];
  readonly digests: DigestRecord[];
  /** Aborts as the kernel begins to stop. */
  readonly stopping: AbortController;
  readonly ports: GuardPorts;
}

/** What the test decides. */
export interface GuardingInit extends ToolsInit {
  readonly capabilities?: Capabilities;
  readonly dir?: string;
  readonly files?: Files;
  /** Called for each request that the capabilities cover; permits by default. */
  readonly decide?: (request: ActionRequest, declaration: ActionDeclaration) => Decision["verdict"];
}

/** Creates the feature. */
export function guarding(init: GuardingInit = {}): Guarding {
  const node = nodePlatform();
  const platform = { ...node, files: init.files ?? node.files };
  const clock = manualClock();
  const feature = tools(init);
  const asked: ActionRequest[] = [];
  const drafts: ApprovalDraft[] = [];
  const events: AuditEvent[] = [];
  const digests: DigestRecord[] = [];
  const stopping = new AbortController();
  const capabilities = init.capabilities ?? rights();
  const info: ProcessInfo = {
    pid: 7 as Pid,
    name: "reader",
    state: "running",
    activity: { kind: "idle" },
    ready: true,
    parent: KERNEL_PID,
    backend: "inline",
    restarts: 0,
    startedAt: 0,
    exit: undefined,
    capabilities,
  };
  const processes = { find: (pid: Pid) => (pid === info.pid ? info : undefined) };
  const base = { reason: "the test says so", rules: [], policy: "" };
  const ports: GuardPorts = {
    catalogue: { find: (name) => feature.actions.find((action) => action.name === name) },
    capabilities: {
      check: (request) => {
        const path = request.attributes.path;
        if (request.subject.kind === "kernel" || typeof path !== "string") return undefined;
        const { read, write, own } = capabilities.files;
        const roots = [...own, ...(request.action === "fs.remove" ? write : read)];
        return roots.some((root) => path === root || path.startsWith(`${root}/`))
          ? undefined
          : "the path is not granted";
      },
      snapshot: () => null,
      checkSnapshot: () => undefined,
    },
    decide: (request, declaration) => {
      asked.push(request);
      const verdict = init.decide?.(request, declaration) ?? "permit";
      if (verdict === "permit") return { ...base, verdict, warnings: [], cacheable: false };
      if (verdict === "defer") return { ...base, verdict, to: "approver", quorum: 1, expiresMs: 1000 };
      return { ...base, verdict, by: "rule", suspend: false };
    },
    admitted: () => undefined,
    warned: () => undefined,
    audit: {
      append: (event) => {
        events.push(event);
        return { sequence: events.length, hash: new Uint8Array(32), durable: Promise.resolve() };
      },
      digest: (record) => void digests.push(record),
      ready: async () => {},
      persistent: false,
    },
    approvals: {
      ask: async (draft) => {
        drafts.push(draft);
        return { id: String(drafts.length - 1), expiresAt: 1 } as Approval;
      },
      redeem: async (id, draft) => {
        const bound = ({ request, display, input }: ApprovalDraft): string =>
          JSON.stringify({ request, display, input });
        const stored = drafts[Number(id)];
        if (stored === undefined || bound(stored) !== bound(draft)) throw new Error("APPROVAL_CHANGED");
        return { id, answers: [] } as unknown as Approval;
      },
      find: () => undefined,
      list: () => [],
      answer: async () => await Promise.reject(new Error("not here")),
      revoke: async () => await Promise.reject(new Error("not here")),
      covering: () => undefined,
      holds: () => true,
      wait: async () => await Promise.reject(new Error("not here")),
      awaited: () => false,
      giveUp: async () => undefined,
      stored: async () => undefined,
    },
    clock,
    count: () => {},
    recordRefusal: (event) => void events.push(event),
  };
  const guard: Pick<Guard, "perform"> = { perform: (call, run) => guarded(ports, call, run) };
  const provided = new Map<string, unknown>();
  const context = {
    platform,
    clock,
    guard,
    signal: stopping.signal,
    dir: init.dir ?? "/",
    persistent: init.dir !== undefined,
    need: () => processes,
    provide: (port: { readonly name: string }, value: unknown) => {
      provided.set(port.name, value);
      return { port, value };
    },
  };
  const instance = feature.create(context as unknown as FeatureContext);
  return {
    api: instance.api,
    instance,
    actions: provided.get(definedActions.name) as DefinedActions,
    clock,
    asked,
    drafts,
    events,
    digests,
    stopping,
    ports,
  };
}
