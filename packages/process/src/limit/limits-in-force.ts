/** Which limits hold a start: its own, and the defaults where it names none. Limits that could never act are refused. */
import type { ResourceLimits, SpawnBackend } from "@weftos/interface";
import { MAX_KEYS, MAX_STATE_BYTES, MAX_VALUE_BYTES } from "../agent/state-record.ts";
import { LimitNotEnforceableError } from "../process-errors.ts";

/** Refuses limits that a backend, or the store of states, cannot hold. @throws PROCESS_LIMIT_NOT_ENFORCEABLE */
export function assertEnforceable(
  { memoryBytes, cpuMs, diskBytes = 0 }: ResourceLimits,
  backend: SpawnBackend,
  all: readonly SpawnBackend[],
): void {
  if (memoryBytes) assertMeasured("memoryBytes", "memory", backend, all);
  if (cpuMs) assertMeasured("cpuMs", "cpu", backend, all);
  if (diskBytes <= MAX_STATE_BYTES) return;
  throw new LimitNotEnforceableError(
    `a limit of disk is at most ${MAX_STATE_BYTES} bytes: a state holds at most ${MAX_KEYS} values of ${MAX_VALUE_BYTES} bytes, so ${diskBytes} would never act`,
    { details: { limit: "diskBytes", backend: backend.name, backends: [] } },
  );
}

/** Refuses a limit of what a backend cannot measure. */
function assertMeasured(
  limit: "memoryBytes" | "cpuMs",
  what: "memory" | "cpu",
  backend: SpawnBackend,
  all: readonly SpawnBackend[],
): void {
  if (backend.measures?.includes(what) === true) return;
  const backends = all.filter((other) => other.measures?.includes(what) === true).map(({ name }) => name);
  throw new LimitNotEnforceableError(
    `the backend ${backend.name} cannot hold an agent to ${limit}: its use cannot be told from the kernel's; ${backends.length === 0 ? "no backend here can" : `start it on the backend ${backends.join(" or ")}`}`,
    { details: { limit, backend: backend.name, backends } },
  );
}

/** The limits of a start: its own, and where it names none its backend's of memory and the kernel's of disk. */
export function limitsInForce(
  limits: ResourceLimits,
  { memoryBytes }: Pick<SpawnBackend, "memoryBytes">,
  diskBytes: number,
): ResourceLimits {
  return { ...limits, memoryBytes: limits.memoryBytes ?? memoryBytes, diskBytes: limits.diskBytes ?? diskBytes };
}
