/** `kernel.services`: the registry as the program that embeds the kernel uses it, guarded and recorded. */
import type {
  ActionDeclaration,
  AuditLog,
  EventKind,
  Guard,
  JsonObject,
  Logger,
  ResourceSource,
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
  register(name: string, endpoint: ServiceEndpoint<never>): Promise<ServiceEntry>;
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
  result: "`service` and `endpoint`: what its node in the resource tree says",
  reason: "`owner-ended` when nobody asked: the process that owned it ended",
};

/** What services leave in the audit log. */
export const serviceEventKinds: readonly EventKind[] = [
  { kind: "service.register", description: "A service was registered.", payload },
  { kind: "service.unregister", description: "A service was removed.", payload },
];

/** Records that a service ended with its process: nobody asked, so no action says it. */
export function recordEnd(
  { name, endpoint, owner }: ServiceEntry,
  log: AuditLog | undefined,
  logger: Pick<Logger, "warn">,
): void {
  const failed = (error: unknown): void =>
    logger.warn("the end of a service was not recorded", {
      service: name,
      reason: error instanceof Error ? error.message : String(error),
    });
  const result = { service: name, endpoint: endpoint.kind };
  const payload = { resource: `service:${name}`, outcome: "ok", reason: "owner-ended", result };
  try {
    const receipt = log?.append({ source: "kernel", kind: "service.unregister", actor: { pid: owner ?? 0 }, payload });
    receipt?.durable.catch(failed);
  } catch (error) {
    failed(error);
  }
}

/** The nodes of services in the resource tree: they come and go with the events above, and none outlives its kernel. */
export const serviceResources: ResourceSource = {
  owner: "kernel",
  resources: () => [],
  events: ["service.register", "service.unregister"],
  changes({ kind, payload }) {
    const { service, endpoint = "" } = payload.result as JsonObject;
    const path = `/kernel/services/${String(service)}`;
    if (kind === "service.unregister") return [{ op: "remove", path }];
    return [{ op: "put", path, kind: "service", metadata: { endpoint } }];
  },
};

/** Makes the guarded face of a registry. */
export function guardedServices(directory: ServiceDirectory, guard: Guard): KernelServices {
  const call = (verb: string, name: string, attributes: Readonly<Record<string, string>>) => ({
    action: `service.${verb}`,
    subject: { kind: "kernel", id: "0" } as const,
    resource: `service:${String(name).slice(0, 256)}`,
    attributes: { service: String(name).slice(0, 256), ...attributes },
    summary: () => ({ service: name, ...attributes }),
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
