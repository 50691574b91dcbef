/** Checks what a spawn is given and makes the specification that every start of the agent follows. */
import type { AgentSource, Capabilities, Files, JsonValue, ResourceLimits, SpawnOptions } from "@weftos/interface";
import { parse } from "@weftos/schema";
import { isAgentDefinition } from "./agent/load-agent.ts";
import { nameOfFile } from "./agent/source-name.ts";
import type { BackendChoice } from "./backends/find-backend.ts";
import type { Agency } from "./capability/agency.ts";
import { attenuate, fillRequest } from "./capability/attenuate.ts";
import { compileCapabilities } from "./capability/compile-capabilities.ts";
import { resolveGrants } from "./capability/real-grants.ts";
import { inputInvalid, inputProblem } from "./input-invalid.ts";
import { frozenCopy } from "./json-input.ts";
import { agentName, spawnOptionsSchema } from "./spawn-options.ts";
import type { ChildSpec } from "./supervision/child-spec.ts";
import { fillPolicy } from "./supervision/restart-intensity.ts";
import type { ProcessEntry } from "./table/process-entry.ts";

const noEnvironment: Readonly<Record<string, string>> = Object.freeze({});
const noLimits: ResourceLimits = Object.freeze({});
const none: SpawnOptions = Object.freeze({});

/** A checked wish to start an agent. */
export interface SpawnRequest {
  readonly source: AgentSource;
  readonly name: string;
  readonly backend: string;
  readonly options: SpawnOptions;
  /** Digest of its module, where an approver is shown it. */
  readonly code?: string | undefined;
}

/** Chooses the backend of a request that an agent, or the kernel, makes. @throws BACKEND_NOT_ALLOWED, BACKEND_NOT_AVAILABLE */
export function withBackend(request: SpawnRequest, holder: ProcessEntry, choice: BackendChoice): SpawnRequest {
  return { ...request, backend: choice.of(request.name, request.options.backend, holder.backend) };
}

/**
 * Checks source and options.
 *
 * @param called - its name when the options say none (default: that of the definition or the file)
 * @throws PROCESS_INPUT_INVALID
 */
export function readSpawn(source: unknown, given: unknown, called?: string): SpawnRequest {
  if (!(source instanceof URL) && !isAgentDefinition(source)) {
    throw inputInvalid("the agent to start", "what defineAgent makes, or a module's URL", source);
  }
  const options =
    given === undefined
      ? none
      : parse(spawnOptionsSchema, given, { what: "the options of spawn", error: inputProblem });
  const wanted = options.name ?? called ?? (source instanceof URL ? nameOfFile(source) : source.name);
  const checked = parse(agentName, wanted, { what: "the name of the agent", error: inputProblem });
  return { source, name: checked, backend: options.backend ?? "inline", options };
}

/**
 * Makes the specification: rights filled, file grants resolved, all cut to what the parent holds, or whoever holds the rights of
 * the supervisor that is the parent.
 *
 * @param principal - who starts it (default: for whom the parent acts)
 * @throws CAPABILITY_INVALID, PROCESS_AGENCY_NOT_ALLOWED
 */
export async function specOf(
  request: SpawnRequest,
  parent: ProcessEntry,
  { files, agency }: { readonly files: Pick<Files, "realPath">; readonly agency: Agency },
  holder: ProcessEntry = parent,
  principal: string | undefined = parent.principal,
): Promise<ChildSpec> {
  const { source, name, backend, options } = request;
  const wanted = await resolveGrants(fillRequest(options.capabilities), files);
  compileCapabilities(wanted);
  const cutTo = holder.pid === 0 ? undefined : holder.capabilities;
  const within = cutTo === undefined ? wanted : attenuate(wanted, cutTo, parent.pid);
  const capabilities = agency.cut(within, options.agency, parent.pid);
  return {
    kind: "agent",
    source,
    name,
    backend,
    parent: parent.pid,
    principal,
    capabilities: freezeCapabilities(capabilities),
    cutTo,
    agency: options.agency,
    limits: options.limits ?? noLimits,
    budget: options.budget,
    input: options.input === undefined ? null : frozenCopy(options.input),
    environment: options.environment === undefined ? noEnvironment : Object.freeze({ ...options.environment }),
    mailboxLimit: options.mailboxLimit ?? 1024,
    mailboxPolicy: options.mailboxPolicy,
    restart: fillPolicy(options.restart),
    mailbox: options.mailbox ?? "keep",
    shutdownMs: options.shutdownMs,
    trapExit: options.trapExit ?? false,
    probes: options.probes,
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    ...(options.topics === undefined ? {} : { topics: options.topics }),
    recovery: recoveryOf(request, parent),
  };
}

/** What another kernel starts again: permanent agents with a module, of the kernel itself; others begin with whoever starts them. */
function recoveryOf({ source, name: called, options }: SpawnRequest, parent: ProcessEntry): ChildSpec["recovery"] {
  if (!(source instanceof URL) || options.restart?.type !== "permanent" || parent.pid !== 0) return undefined;
  const { signal: _, ...kept } = options;
  return { module: source.href, options: JSON.parse(JSON.stringify({ ...kept, name: called })) as JsonValue };
}

function freezeCapabilities(capabilities: Capabilities): Capabilities {
  Object.freeze(capabilities.ipcScope);
  Object.freeze(capabilities.tools);
  Object.freeze(capabilities.files);
  return Object.freeze(capabilities);
}
