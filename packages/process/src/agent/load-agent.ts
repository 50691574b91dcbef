/** Loads an agent from a module's URL: its default export, made by `defineAgent`. */
import { fileURLToPath } from "node:url";
import { type AgentDefinition, isWeftError } from "@weftos/interface";
import { AgentLoadFailedError } from "../process-errors.ts";

/** Node says who imports a module that it does not find: of an agent's own module that is this file, which tells nobody anything. */
const FROM_HERE = ` imported from ${fileURLToPath(import.meta.url)}`;

/** @throws AGENT_LOAD_FAILED when the module does not load or has no agent */
export async function loadAgent(module: string): Promise<AgentDefinition<unknown>> {
  let loaded: unknown;
  try {
    loaded = await import(/* @vite-ignore */ module);
  } catch (cause) {
    throw loadFailed(module, `the module ${told(module)} cannot be loaded: ${whyOf(cause)}`, cause);
  }
  const definition = typeof loaded === "object" && loaded !== null && "default" in loaded ? loaded.default : undefined;
  if (isAgentDefinition(definition)) return definition;
  throw loadFailed(module, `the module ${told(module)} has no agent as its default export: use defineAgent`);
}

/** What Node says; of what its permission model refuses it says the path apart. */
function whyOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "it threw what is no error";
  const why = cause.message.replace(FROM_HERE, "");
  if (!("code" in cause) || cause.code !== "ERR_ACCESS_DENIED") return why;
  const resource = "resource" in cause && typeof cause.resource === "string" ? cause.resource : "";
  if (resource === "") return why;
  return "permission" in cause && cause.permission === "FileSystemRead"
    ? `it may not read ${shown(resource)}: put what it imports below it, into a package, or into its file rights`
    : `${why} (${shown(resource)})`;
}

/** Makes the error of a module that cannot be started. */
export function loadFailed(module: string, message: string, cause?: unknown): AgentLoadFailedError {
  if (isWeftError(cause, "AGENT_LOAD_FAILED")) return cause as AgentLoadFailedError;
  return new AgentLoadFailedError(message, { details: { module: shown(module) }, cause });
}

/** Tells whether a value is what `defineAgent` makes, of any copy of the interface. */
export function isAgentDefinition(value: unknown): value is AgentDefinition<unknown> {
  if (typeof value !== "object" || value === null) return false;
  if (!("kind" in value) || !("name" in value) || !("run" in value)) return false;
  return value.kind === "agent" && typeof value.name === "string" && typeof value.run === "function";
}

/** As its author knows it: a file by its path. A `data:` URL holds the whole module: only its beginning is shown. */
function told(module: string): string {
  return module.startsWith("file:") ? shown(fileURLToPath(module)) : shown(module);
}

function shown(module: string): string {
  return module.length > 200 ? `${module.slice(0, 200)}…` : module;
}
