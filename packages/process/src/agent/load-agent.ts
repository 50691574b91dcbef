/** Loads an agent from a module's URL: its default export, made by `defineAgent`. */
import { type AgentDefinition, isWeftError } from "@weftos/interface";
import { AgentLoadFailedError } from "../process-errors.ts";

/** @throws AGENT_LOAD_FAILED when the module does not load or has no agent */
export async function loadAgent(module: string): Promise<AgentDefinition<unknown>> {
  let loaded: unknown;
  try {
    loaded = await import(/* @vite-ignore */ module);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "it threw what is no error";
    throw loadFailed(module, `the module ${shown(module)} cannot be loaded: ${why}`, cause);
  }
  const definition = typeof loaded === "object" && loaded !== null && "default" in loaded ? loaded.default : undefined;
  if (isAgentDefinition(definition)) return definition;
  throw loadFailed(module, `the module ${shown(module)} has no agent as its default export: use defineAgent`);
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

/** A `data:` URL holds the whole module: only its beginning is shown. */
function shown(module: string): string {
  return module.length > 200 ? `${module.slice(0, 200)}…` : module;
}
