/** Chooses a spawn backend by name. */
import type { SpawnBackend } from "@weftos/interface";
import { BackendNotAvailableError } from "../process-errors.ts";

/** @throws BACKEND_NOT_AVAILABLE, with those that there are */
export function findBackend(backends: readonly SpawnBackend[], name: string): SpawnBackend {
  const found = backends.find((backend) => backend.name === name);
  if (found !== undefined) return found;
  const available = backends.map((backend) => backend.name);
  const message = `there is no spawn backend ${JSON.stringify(name)}; there are: ${available.join(", ")}`;
  throw new BackendNotAvailableError(message, { details: { backend: name, available } });
}
