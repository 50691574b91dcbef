/**
 * Chooses a spawn backend: the one that is named by the spawn or the manifest, else by the first rule of the policy that fits,
 * else the spawner's own if it confines its code, else the default. An agent whose code is confined starts none that is not:
 * it would be its way out.
 */
import type { SpawnBackend } from "@weftos/interface";
import { compileGlob, type Glob } from "@weftos/schema";
import { BackendNotAllowedError, BackendNotAvailableError } from "../process-errors.ts";

/** Who supplies the backends that a kernel may lack; of `tee` there is none. */
const packages: ReadonlyMap<string, string> = new Map([
  ["wasm", "@weftos/wasm"],
  ["container", "@weftos/containers"],
  ["remote", "@weftos/mesh"],
]);

/** A rule of the policy: agents whose name matches the glob run on the backend. */
export interface BackendRule {
  readonly agent: string;
  readonly backend: string;
}

/** @throws BACKEND_NOT_AVAILABLE, with those that there are */
export function findBackend(backends: readonly SpawnBackend[], name: string): SpawnBackend {
  for (const backend of backends) if (backend.name === name) return backend;
  const available = backends.map((backend) => backend.name);
  const supplier = packages.get(name);
  const known = supplier === undefined ? "and no package supplies it" : `the package ${supplier} supplies it`;
  const message = `there is no spawn backend ${JSON.stringify(name)}, ${known}; there are: ${available.join(", ")}`;
  throw new BackendNotAvailableError(message, { details: { backend: name, available, package: supplier } });
}

export class BackendChoice {
  readonly #backends: () => readonly SpawnBackend[];
  readonly #rules: readonly { readonly agent: Glob; readonly backend: string }[];
  readonly #default: string;

  /** @throws the glob's error when a rule has a wrong one */
  constructor(backends: () => readonly SpawnBackend[], rules: readonly BackendRule[], byDefault: string) {
    this.#backends = backends;
    this.#rules = rules.map(({ agent, backend }) => ({ agent: compileGlob(agent), backend }));
    this.#default = byDefault;
  }

  /**
   * Gives the name of the backend for an agent.
   *
   * @param wanted - what the spawn or its manifest names
   * @param spawner - the backend of the agent that starts it
   * @throws BACKEND_NOT_ALLOWED, BACKEND_NOT_AVAILABLE
   */
  of(agent: string, wanted: string | undefined, spawner: string): string {
    const ruled = wanted ?? this.#rules.find((rule) => rule.agent.matches(agent))?.backend;
    const needed = this.#confines(spawner);
    const chosen = ruled ?? (needed.length > 0 ? spawner : this.#default);
    if (needed.length === 0) return chosen;
    const given = findBackend(this.#backends(), chosen).confines;
    const missing = needed.filter((what) => !given.includes(what));
    if (missing.length === 0) return chosen;
    throw new BackendNotAllowedError(
      `an agent on the backend ${spawner} cannot start one on ${chosen}, which does not confine: ${missing.join(", ")}`,
      { details: { backend: chosen, spawner, missing } },
    );
  }

  /** Backends that the configuration names and nobody provides: agents for them will not start. */
  missing(): readonly string[] {
    const provided = new Set(this.#backends().map(({ name }) => name));
    const named = new Set([this.#default, ...this.#rules.map(({ backend }) => backend)]);
    return [...named].filter((name) => !provided.has(name));
  }

  #confines(name: string): readonly string[] {
    return this.#backends().find((backend) => backend.name === name)?.confines ?? [];
  }
}
