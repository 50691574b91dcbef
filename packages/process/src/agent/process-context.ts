/**
 * An agent's context in the kernel's thread: each call goes to the router, the tools or the supervisor under the PID of
 * this one start. Those ask the guard; nothing is decided here.
 */
import type {
  AgentContext,
  AgentHandle,
  AgentSource,
  CapabilityRequest,
  Elevated,
  ModuleName,
  MonitorRef,
  OwnElevateOptions,
  OwnSupervisor,
  ProcessRef,
  SpawnOptions,
  SupervisorSpec,
} from "@weftos/interface";
import type { ContextHost } from "./context-host.ts";
import { ContextMessages } from "./context-messages.ts";
import { type ContextParts, entered, entryOf, held } from "./context-parts.ts";

export class ProcessContext extends ContextMessages implements AgentContext {
  async spawn<M>(agent: AgentSource<M> | ModuleName, options?: SpawnOptions): Promise<AgentHandle<M>> {
    const host = await freed(this, options?.signal);
    return (await host.spawn(entryOf(this), agent as AgentSource | ModuleName, options)) as AgentHandle<M>;
  }

  async supervise(spec: SupervisorSpec): Promise<OwnSupervisor> {
    const host = await freed(this);
    return await host.supervise(entryOf(this), spec, async () => void (await freed(this)));
  }

  async monitor(process: ProcessRef<never>): Promise<MonitorRef> {
    return await (await freed(this)).ties.monitor(entryOf(this), process);
  }

  async demonitor(ref: MonitorRef): Promise<boolean> {
    return entered(this).ties.demonitor(entryOf(this), ref);
  }

  async link(process: ProcessRef<never>): Promise<void> {
    await (await freed(this)).ties.link(entryOf(this), process);
  }

  async unlink(process: ProcessRef<never>): Promise<void> {
    entered(this).ties.unlink(entryOf(this), process);
  }

  async elevate(rights: CapabilityRequest, options: OwnElevateOptions): Promise<Elevated> {
    return await (await freed(this, options.signal)).elevate(entryOf(this), rights, options);
  }

  async sleep(ms: number, options?: { readonly signal?: AbortSignal | undefined }): Promise<void> {
    const given = options?.signal;
    const slept = entered(this).sleep(ms, given === undefined ? [this.signal] : [given, this.signal]);
    const over = entryOf(this).waiting("timer");
    try {
      await slept;
    } finally {
      over();
    }
  }
}

/** Gives what an agent may call once it may act on others. */
async function freed(of: ContextParts, signal?: AbortSignal): Promise<ContextHost> {
  const host = entered(of);
  const hold = held(of, signal);
  if (hold !== undefined) await hold;
  return host;
}
