/** `kernel.services`: the registry as the program that embeds the kernel uses it, guarded and recorded. */
import type {
  ActionDeclaration,
  EventKind,
  Guard,
  ServiceDirectory,
  ServiceEndpoint,
  ServiceEntry,
} from "@weftos/interface";

/** The services of a kernel. */
export interface KernelServices {
  /**
   * Puts a service under a name, so that messages find it: `{ kind: "service", service: name }`. A service of a process ends
   * with it, and follows its restarts.
   *
   * @throws `KERNEL_SERVICE_INVALID`, `KERNEL_SERVICE_EXISTS`, `KERNEL_SERVICE_LIMIT` over 10 000, and what the guard refuses with
   */
  register(name: string, endpoint: ServiceEndpoint): Promise<ServiceEntry>;
  /** Removes a service. @returns whether it was there */
  unregister(name: string): Promise<boolean>;
  resolve(name: string): ServiceEntry | undefined;
  /** All services, sorted by name. */
  list(): readonly ServiceEntry[];
}

/** The actions on services. */
export const serviceActions: readonly ActionDeclaration[] = [
  onService("register", "Put a service under a name"),
  onService("unregister", "Remove a service"),
];

function onService(verb: string, description: string): ActionDeclaration {
  return {
    name: `service.${verb}`,
    description,
    effect: { risk: 0.1, fairness: 0, privacy: 0, novelty: 0, security: 0.1 },
    audit: "logged",
    rights: ["operator"],
    role: "operator",
  };
}

const payload = {
  resource: "`service:` and its name",
  attributes: "`service`: its name; `endpoint`: `process`, `external` or `container`",
  outcome: "`ok` or `failed`",
  error: "code of the failure",
};

/** What services leave in the audit log. */
export const serviceEventKinds: readonly EventKind[] = [
  { kind: "service.register", description: "A service was registered.", payload },
  { kind: "service.unregister", description: "A service was removed.", payload },
];

/** Makes the guarded face of a registry. */
export function guardedServices(directory: ServiceDirectory, guard: Guard): KernelServices {
  const call = (verb: string, name: string, attributes: Readonly<Record<string, string>>) => ({
    action: `service.${verb}`,
    subject: { kind: "kernel", id: "0" } as const,
    resource: `service:${String(name).slice(0, 256)}`,
    attributes: { service: String(name).slice(0, 256), ...attributes },
  });
  return {
    register: (name, endpoint) =>
      guard.perform(call("register", name, { endpoint: String(endpoint?.kind) }), () =>
        directory.register(name, endpoint, endpoint.kind === "process" ? { owner: endpoint.pid } : {}),
      ),
    async unregister(name) {
      const entry = directory.resolve(name);
      if (entry === undefined) return false;
      return await guard.perform(call("unregister", name, { endpoint: entry.endpoint.kind }), () =>
        directory.unregister(entry),
      );
    },
    resolve: (name) => directory.resolve(name),
    list: () => directory.list(),
  };
}
