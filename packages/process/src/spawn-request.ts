/** Checks what a spawn is given and makes the specification that every start of the agent follows. */
import type { AgentSource, Capabilities, Files, JsonValue, Schema, SpawnOptions } from "@weftos/interface";
import { parse, z } from "@weftos/schema";
import { isAgentDefinition } from "./agent/load-agent.ts";
import { attenuate, fillRequest } from "./capability/attenuate.ts";
import { capabilityRequestSchema } from "./capability/capability-schema.ts";
import { compileCapabilities } from "./capability/compile-capabilities.ts";
import { resolveGrants } from "./capability/real-grants.ts";
import { inputInvalid, inputProblem } from "./input-invalid.ts";
import { frozenCopy, isJson } from "./json-input.ts";
import type { ChildSpec } from "./supervision/child.ts";
import { fillPolicy } from "./supervision/restart-intensity.ts";
import type { ProcessEntry } from "./table/process-entry.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const milliseconds = z.optional(z.int().check(z.minimum(1), z.maximum(DAY_MS)));
const name = z.string().check(z.minLength(1), z.maxLength(128));

/** When an agent is started again. */
export const restartPolicySchema = z.strictObject({
  type: z.enum(["permanent", "transient", "temporary"]),
  maxRestarts: z.optional(z.int().check(z.minimum(0), z.maximum(10_000))),
  withinMs: milliseconds,
  backoffMs: milliseconds,
  maxBackoffMs: milliseconds,
});

const probe = z.strictObject({
  request: z.custom((value) => isJson(value), "expected JSON"),
  intervalMs: milliseconds,
  timeoutMs: milliseconds,
  failures: z.optional(z.int().check(z.minimum(1), z.maximum(1000))),
});

const spawnOptionsSchema = z.strictObject({
  name: z.optional(name),
  backend: z.optional(z.string().check(z.minLength(1), z.maxLength(64))),
  capabilities: z.optional(capabilityRequestSchema),
  restart: z.optional(restartPolicySchema),
  input: z.optional(z.custom((value) => isJson(value), "expected JSON")),
  mailboxLimit: z.optional(z.int().check(z.minimum(1), z.maximum(1_000_000))),
  mailbox: z.optional(z.enum(["keep", "drop"])),
  shutdownMs: z.optional(z.int().check(z.minimum(0), z.maximum(DAY_MS))),
  trapExit: z.optional(z.boolean()),
  probes: z.optional(z.strictObject({ liveness: z.optional(probe), readiness: z.optional(probe) })),
  signal: z.optional(z.instanceof(AbortSignal)),
}) as unknown as Schema<unknown, SpawnOptions>;

const none: SpawnOptions = Object.freeze({});

/** A checked wish to start an agent. */
export interface SpawnRequest {
  readonly source: AgentSource;
  readonly name: string;
  readonly backend: string;
  readonly options: SpawnOptions;
}

/** Checks source and options. @throws PROCESS_INPUT_INVALID */
export function readSpawn(source: unknown, given: unknown): SpawnRequest {
  if (!(source instanceof URL) && !isAgentDefinition(source)) {
    throw inputInvalid("the agent to start", "what defineAgent makes, or a module's URL", source);
  }
  const options =
    given === undefined
      ? none
      : parse(spawnOptionsSchema, given, { what: "the options of spawn", error: inputProblem });
  const wanted = options.name ?? (source instanceof URL ? moduleName(source) : source.name);
  const checked = parse(name, wanted, { what: "the name of the agent", error: inputProblem });
  return { source, name: checked, backend: options.backend ?? "inline", options };
}

/**
 * Makes the specification: rights filled, file grants resolved, all cut to what the parent holds, or whoever holds the rights of
 * the supervisor that is the parent.
 *
 * @throws CAPABILITY_INVALID
 */
export async function specOf(
  request: SpawnRequest,
  parent: ProcessEntry,
  files: Pick<Files, "realPath">,
  holder: ProcessEntry = parent,
): Promise<ChildSpec> {
  const { source, name, backend, options } = request;
  const wanted = await resolveGrants(fillRequest(options.capabilities), files);
  compileCapabilities(wanted);
  const capabilities = holder.pid === 0 ? wanted : attenuate(wanted, holder.capabilities, parent.pid);
  return {
    kind: "agent",
    source,
    name,
    backend,
    parent: parent.pid,
    capabilities: freezeCapabilities(capabilities),
    input: options.input === undefined ? null : frozenCopy(options.input),
    mailboxLimit: options.mailboxLimit ?? 1024,
    restart: fillPolicy(options.restart),
    mailbox: options.mailbox ?? "keep",
    shutdownMs: options.shutdownMs,
    trapExit: options.trapExit ?? false,
    probes: options.probes,
    recovery: recoveryOf(request, parent),
  };
}

/** What another kernel starts again: permanent agents with a module, of the kernel itself; others begin with whoever starts them. */
function recoveryOf({ source, name: called, options }: SpawnRequest, parent: ProcessEntry): ChildSpec["recovery"] {
  if (!(source instanceof URL) || options.restart?.type !== "permanent" || parent.pid !== 0) return undefined;
  const { signal: _, ...kept } = options;
  return { module: source.href, options: JSON.parse(JSON.stringify({ ...kept, name: called })) as JsonValue };
}

/** Names the agent of a module after its file, without ending. */
function moduleName(url: URL): string {
  const file = url.protocol === "data:" ? "" : (url.pathname.split("/").at(-1) ?? "");
  return decodeURIComponent(file).replace(/\.[cm]?[jt]s$/, "") || "agent";
}

function freezeCapabilities(capabilities: Capabilities): Capabilities {
  Object.freeze(capabilities.ipcScope);
  Object.freeze(capabilities.tools);
  Object.freeze(capabilities.files);
  return Object.freeze(capabilities);
}
