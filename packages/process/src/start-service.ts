/**
 * Starts agents and supervisors for whoever asks, and those again that the last kernel lost: input checked, the guard asked under
 * the asker's name, then the supervisor told.
 */

import type { Files, SpawnOptions } from "@weftos/interface";
import {
  type AgentDefinition,
  type AgentHandle,
  type AgentSource,
  type Grant,
  type GuardedCall,
  type JsonObject,
  KERNEL_PID,
  type ModuleName,
  type OwnSupervisor,
  type Pid,
  type Subject,
  type SupervisorHandle,
  type SupervisorSpec,
} from "@weftos/interface";
import { type Acting, askedBy } from "./acting.ts";
import { isAgentDefinition } from "./agent/load-agent.ts";
import { locateAgent } from "./agent/locate-agent.ts";
import { awaitDependencies } from "./manifest/dependencies.ts";
import type { Dependencies } from "./manifest/manifest-schema.ts";
import { readSpawn, type SpawnRequest, specOf, withBackend } from "./spawn-request.ts";
import { AgentSupervisor } from "./supervision/agent-supervisor.ts";
import type { Child } from "./supervision/child.ts";
import { recoveryOf } from "./supervision/child-record.ts";
import type { ChildSpec } from "./supervision/child-spec.ts";
import type { Lost } from "./supervision/lost.ts";
import type { SuperviseDeps } from "./supervision/member-starts.ts";
import { rightsHolder } from "./supervision/rights-holder.ts";
import {
  attributesOf,
  SUPERVISOR,
  shownAgent,
  shownSupervisor,
  supervisorAttributes,
  supervisorWithCode,
  withCode,
} from "./supervision/shown-spec.ts";
import { SupervisorTree, type TreeDeps } from "./supervision/supervise.ts";
import { SupervisionHandle } from "./supervision/supervision-handle.ts";
import { readSupervisor } from "./supervision/supervisor-spec.ts";
import { recordedSpec, TREE, treeOf } from "./supervision/tree-record.ts";
import type { ProcessEntry } from "./table/process-entry.ts";

/** What starts ask of their kernel. */
export interface StartServiceDeps extends SuperviseDeps {
  /** The host's files, on which grants are resolved and manifests read. */
  readonly files: Pick<Files, "realPath" | "read" | "stat">;
  /** Absolute path of the folder from which modules are named. */
  readonly folder: string;
  readonly startTimeoutMs: number;
}

const kernelSubject: Subject = { kind: "kernel", id: "0" };

/** What a plain spawn of a definition comes to. */
interface Plain {
  readonly spec: ChildSpec;
  readonly call: GuardedCall<Child>;
}

export class StartService {
  readonly #deps: StartServiceDeps & TreeDeps;
  readonly #plain = new WeakMap<AgentDefinition<unknown>, Plain>();
  /** Of supervisors, for those that did not make them. */
  readonly #trees = new WeakMap<Child, SupervisorTree>();

  constructor(deps: StartServiceDeps) {
    this.#deps = { ...deps, made: (tree) => this.#trees.set(tree.child, tree) };
  }

  /** Starts an agent as the child of a process, in whose name, or that of `as`, the guard is asked. */
  spawn(
    parent: ProcessEntry,
    given: AgentSource | ModuleName,
    options: SpawnOptions | undefined,
    as?: Acting,
  ): Promise<AgentHandle> {
    const isPlain = as === undefined && options === undefined && parent.pid === KERNEL_PID && isAgentDefinition(given);
    return isPlain ? this.#spawnPlain(given, parent) : this.#spawnLocated(parent, given, options, as);
  }

  async #spawnLocated(
    parent: ProcessEntry,
    given: AgentSource | ModuleName,
    options: SpawnOptions | undefined,
    as: Acting | undefined,
  ): Promise<AgentHandle> {
    const located = await locateAgent(given, options, this.#deps);
    if (located.hides !== undefined) this.#tellHidden(String(given), located.hides, as);
    const holder = rightsHolder(parent, this.#deps.table);
    const checked = withBackend(readSpawn(located.source, located.options, located.name), holder, this.#deps.choice);
    const isKernel = parent.pid === KERNEL_PID;
    const isShown = !isKernel || as !== undefined;
    const request = isShown ? await withCode(checked, this.#deps.files) : checked;
    const { signal } = request.options;
    signal?.throwIfAborted();
    if (located.dependencies !== undefined) await this.#awaitDependencies(request, located.dependencies);
    const call: GuardedCall<Child> = {
      ...callOf(parent, request.name),
      ...(as === undefined ? {} : { ...askedBy(as), actor: undefined }),
      attributes: attributesOf(request, parent.pid),
      ...(isShown ? shownAgent(request, located.byManifest === true ? "manifest" : "child-spec") : {}),
      signal,
      summary: ({ handle: { pid } }) => ({ pid, parent: parent.pid, agent: request.name, backend: request.backend }),
    };
    const child = await this.#perform(call, async ({ approval }) => {
      const spec = await specOf(request, parent, this.#deps, holder, as?.kind === "principal" ? as.id : undefined);
      const approved = approval === undefined ? undefined : { approval, code: request.code };
      return await this.#deps.supervisor.spawn(spec, signal, approved);
    });
    return child.handle;
  }

  /** Starts a supervisor as the child of a process, in whose name the guard is asked. */
  async supervise(parent: ProcessEntry, spec: SupervisorSpec): Promise<SupervisorHandle> {
    return new SupervisionHandle(await this.#supervise(parent, spec));
  }

  /** The same for an agent, which holds the supervisor as its own. */
  async superviseFor(parent: ProcessEntry, spec: SupervisorSpec, free: () => Promise<void>): Promise<OwnSupervisor> {
    const { subject, actor = { pid: parent.pid } } = callOf(parent, parent.name);
    return new AgentSupervisor(await this.#supervise(parent, spec), { subject, actor }, free);
  }

  /** Gives the handle of a live supervisor; undefined when the process is none. */
  supervisorOf(pid: Pid): SupervisorHandle | undefined {
    const child = this.#deps.supervisor.find(pid);
    const tree = child === undefined ? undefined : this.#trees.get(child);
    return tree === undefined ? undefined : new SupervisionHandle(tree);
  }

  /**
   * Starts an agent or a supervisor again that the last kernel lost, under the specification it had.
   *
   * @throws as `spawn`
   */
  async recover(lost: Lost): Promise<Pid> {
    const { pid: oldPid, name, restarts, recovery, suspended, approval } = lost.entry;
    if (recovery === undefined) throw new Error(`the agent ${name} has no module to start it from`);
    const call: GuardedCall<Child> = {
      action: "process.restart",
      subject: kernelSubject,
      resource: `process:${oldPid}`,
      attributes: { agent: name, automatic: true, recovered: true },
      under: approval,
      summary: ({ handle: { pid: newPid } }) => ({
        oldPid,
        newPid,
        count: restarts + 1,
        backoffMs: 0,
        ...(suspended ? { suspended } : {}),
      }),
    };
    const again = recovery.module === TREE ? this.#recoverTree(lost, recovery) : this.#recoverAgent(lost, recovery);
    const { handle } = await this.#perform(call, again);
    return handle.pid;
  }

  #recoverAgent(
    { entry: { pid, restarts, suspended, failures, principal, approval } }: Lost,
    { module, options }: NonNullable<ChildSpec["recovery"]>,
  ): () => Promise<Child> {
    const parent = this.#kernelEntry();
    const { account, code, ...rest } = options as JsonObject;
    const request = withBackend(readSpawn(new URL(module), rest), parent, this.#deps.choice);
    return async () => {
      const spec = await specOf(request, parent, this.#deps, parent, principal);
      const kept = typeof account === "number" && this.#deps.ledger.claim(account) ? account : undefined;
      const approved = typeof code === "string" ? code : undefined;
      return await this.#deps.supervisor.recover(spec, {
        pid,
        restarts,
        account: kept,
        approval,
        code: approved,
        suspended: suspended === true,
        failures: failures?.times ?? [],
      });
    };
  }

  #recoverTree(
    { entry: { pid, restarts, suspended, failures, approval }, below }: Lost,
    recovery: NonNullable<ChildSpec["recovery"]>,
  ): () => Promise<Child> {
    const spec = readSupervisor(treeOf(recovery));
    const document = recovery.options as JsonObject;
    return async () => {
      const place = { parent: this.#kernelEntry(), document, lost: below };
      const tree = new SupervisorTree(spec, place, approval, this.#deps);
      tree.child.restarts = restarts + 1;
      tree.child.lostPid = pid;
      tree.child.suspended = suspended === true;
      tree.child.intensity.recall(failures?.times ?? [], this.#deps.clock);
      await this.#deps.supervisor.start(tree.child);
      return tree.child;
    };
  }

  /** Starts a definition without options: what follows from it is worked out once. */
  async #spawnPlain(source: AgentDefinition<unknown>, parent: ProcessEntry): Promise<AgentHandle> {
    let plain = this.#plain.get(source);
    if (plain === undefined || plain.spec.name !== source.name) {
      const request: SpawnRequest = withBackend(readSpawn(source, undefined), parent, this.#deps.choice);
      const spec = await specOf(request, parent, this.#deps);
      const { name, backend } = spec;
      const call: GuardedCall<Child> = {
        action: "process.spawn",
        subject: kernelSubject,
        resource: `agent:${name}`,
        attributes: attributesOf(request, parent.pid),
        summary: ({ handle: { pid } }) => ({ pid, parent: KERNEL_PID, agent: name, backend }),
      };
      plain = { spec, call };
      this.#plain.set(source, plain);
    }
    const { spec, call } = plain;
    return (await this.#perform(call, () => this.#deps.supervisor.spawn(spec))).handle;
  }

  async #supervise(parent: ProcessEntry, given: SupervisorSpec): Promise<SupervisorTree> {
    const isKernel = parent.pid === KERNEL_PID;
    const checked = readSupervisor(given);
    const spec = isKernel ? checked : await supervisorWithCode(checked, this.#deps.files);
    let tree: SupervisorTree | undefined;
    const call: GuardedCall<Child> = {
      ...callOf(parent, spec.name),
      attributes: supervisorAttributes(spec, parent.pid),
      ...(isKernel ? {} : shownSupervisor(spec)),
      summary: ({ handle: { pid } }) => ({ pid, parent: parent.pid, agent: spec.name, backend: SUPERVISOR }),
    };
    const document = isKernel ? recordedSpec(given, spec) : undefined;
    const child = await this.#perform(call, async ({ approval }) => {
      tree = new SupervisorTree(spec, { parent, document }, approval, this.#deps);
      await this.#deps.supervisor.start(tree.child);
      return tree.child;
    });
    if (tree === undefined) throw new Error(`the supervisor ${child.spec.name} was started without its tree`);
    return tree;
  }

  /** Asks the guard and starts; a start that could not be recorded is ended. */
  async #perform(call: GuardedCall<Child>, start: (grant: Grant) => Promise<Child>): Promise<Child> {
    let child: Child | undefined;
    try {
      return await this.#deps.guard.perform(call, async (grant) => {
        child = await start(grant);
        // Who is started again after a crash must be known by then.
        if (recoveryOf(child) !== undefined) await this.#deps.journal.flushed();
        return child;
      });
    } catch (error) {
      if (child !== undefined) await this.#deps.supervisor.endChild(child, "supervisor");
      throw error;
    }
  }

  #tellHidden(name: string, module: string, as: Acting | undefined): void {
    this.#deps.logger.warn("an agent's name was taken for a manifest, and is a package's too", { name, module });
    as?.onWarnings?.([
      `${name} is the manifest ${name}.agent.toml here, not the package of that name, which starts as ${module}`,
    ]);
  }

  #awaitDependencies({ name, options: { signal } }: SpawnRequest, dependencies: Dependencies): Promise<void> {
    const { table, supervisor, clock, startTimeoutMs: timeoutMs } = this.#deps;
    const named = (wanted: string): readonly Pid[] =>
      table.list().flatMap((one) => (one.name === wanted && one.pid !== 0 && one.state !== "exited" ? [one.pid] : []));
    const ready = (pid: Pid): Promise<void> => supervisor.readiness(pid);
    return awaitDependencies(name, dependencies, { named, ready, clock, timeoutMs }, signal);
  }

  #kernelEntry(): ProcessEntry {
    const entry = this.#deps.table.entry(KERNEL_PID);
    if (entry === undefined) throw new Error("the kernel is always in its table");
    return entry;
  }
}

function callOf(
  parent: ProcessEntry,
  name: string,
): Pick<GuardedCall<Child>, "action" | "subject" | "resource" | "actor"> {
  const isKernel = parent.pid === KERNEL_PID;
  return {
    action: "process.spawn",
    subject: isKernel ? kernelSubject : { kind: "process", id: String(parent.pid) },
    resource: `agent:${name}`,
    ...(isKernel ? {} : { actor: { pid: parent.pid, agent: parent.name } }),
  };
}
