/** The services of one kernel by name. In memory: who offers a service registers it again at each start. */
import type { Clock, Pid, ServiceDirectory, ServiceEndpoint, ServiceEntry } from "@weftos/interface";
import { ServiceExistsError, ServiceInvalidError, ServiceLimitError } from "./service-errors.ts";

const NAME = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;
const MAX_NAME = 128;
const MAX_PLACE = 2048;
const MAX_SERVICES = 10_000;

export class ServiceRegistry implements ServiceDirectory {
  readonly #clock: Pick<Clock, "now">;
  readonly #ended: (entry: ServiceEntry) => void;
  readonly #entries = new Map<string, ServiceEntry>();
  readonly #byOwner = new Map<Pid, Set<string>>();

  /** @param ended - is told of a service that went because the process that owns it did; must not throw */
  constructor(clock: Pick<Clock, "now">, ended: (entry: ServiceEntry) => void = () => undefined) {
    this.#clock = clock;
    this.#ended = ended;
  }

  register(
    name: string,
    endpoint: ServiceEndpoint<never>,
    options: { readonly owner?: Pid<never> | undefined } = {},
  ): ServiceEntry {
    if (typeof name !== "string" || name.length > MAX_NAME || !NAME.test(name)) {
      throw invalid("name", `letters, digits, _ and - joined by dots, at most ${MAX_NAME}`);
    }
    const checked = checkEndpoint(endpoint);
    if (this.#entries.has(name)) {
      throw new ServiceExistsError(`a service ${name} is registered already`, { details: { service: name } });
    }
    if (this.#entries.size >= MAX_SERVICES) {
      throw new ServiceLimitError(`${MAX_SERVICES} services are registered, which is the limit`, {
        details: { limit: MAX_SERVICES },
      });
    }
    const owner = options.owner as Pid | undefined;
    return this.#put({ name, endpoint: checked, owner, registeredAt: this.#clock.now() });
  }

  resolve(name: string): ServiceEntry | undefined {
    return this.#entries.get(name);
  }

  unregister(entry: ServiceEntry): boolean {
    if (this.#entries.get(entry.name) !== entry) return false;
    this.#entries.delete(entry.name);
    if (entry.owner !== undefined) {
      const names = this.#byOwner.get(entry.owner);
      names?.delete(entry.name);
      if (names?.size === 0) this.#byOwner.delete(entry.owner);
    }
    return true;
  }

  unregisterOwner(owner: Pid): number {
    const gone = this.#ownedBy(owner).filter((entry) => this.unregister(entry));
    for (const entry of gone) this.#ended(entry);
    return gone.length;
  }

  moveOwner(from: Pid, to: Pid): number {
    const entries = this.#ownedBy(from);
    for (const entry of entries) {
      this.unregister(entry);
      const { endpoint } = entry;
      const moved =
        endpoint.kind === "process" && endpoint.pid === from ? ({ kind: "process", pid: to } as const) : endpoint;
      this.#put({ ...entry, endpoint: moved, owner: to });
    }
    return entries.length;
  }

  list(): readonly ServiceEntry[] {
    return [...this.#entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #ownedBy(owner: Pid): readonly ServiceEntry[] {
    return [...(this.#byOwner.get(owner) ?? [])].flatMap((name) => this.#entries.get(name) ?? []);
  }

  #put(given: ServiceEntry): ServiceEntry {
    const entry = Object.freeze(given);
    this.#entries.set(entry.name, entry);
    if (entry.owner !== undefined) {
      this.#byOwner.set(entry.owner, (this.#byOwner.get(entry.owner) ?? new Set()).add(entry.name));
    }
    return entry;
  }
}

/** Copies an endpoint, so that nobody moves a service by changing what it registered. */
function checkEndpoint(endpoint: ServiceEndpoint<never>): ServiceEndpoint {
  const given: { readonly kind?: unknown } = typeof endpoint === "object" && endpoint !== null ? endpoint : {};
  switch (given.kind) {
    case "process": {
      const { pid } = endpoint as { readonly pid?: unknown };
      if (typeof pid === "number" && Number.isSafeInteger(pid) && pid > 0) {
        return Object.freeze({ kind: "process", pid: pid as Pid });
      }
      throw invalid("endpoint.pid", "a PID over 0");
    }
    case "external": {
      const { url } = endpoint as { readonly url?: unknown };
      if (typeof url === "string" && url.length <= MAX_PLACE && URL.canParse(url)) {
        return Object.freeze({ kind: "external", url });
      }
      throw invalid("endpoint.url", `an absolute URL of at most ${MAX_PLACE} characters`);
    }
    case "container": {
      const { container } = endpoint as { readonly container?: unknown };
      if (typeof container === "string" && container !== "" && container.length <= MAX_PLACE) {
        return Object.freeze({ kind: "container", container });
      }
      throw invalid("endpoint.container", `the name or id of a container, at most ${MAX_PLACE} characters`);
    }
    default:
      throw invalid("endpoint.kind", "process, external or container");
  }
}

function invalid(field: string, expected: string): ServiceInvalidError {
  return new ServiceInvalidError(`expected ${field} of a service to be ${expected}`, { details: { field, expected } });
}
