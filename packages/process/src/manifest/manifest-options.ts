/** Turns what a manifest says into the options of a spawn. Pure. */
import type { CapabilityRequest, RestartPolicy, SpawnOptions } from "@weftos/interface";
import type { Dependencies, Manifest, ManifestWords } from "./manifest-schema.ts";

const MEBIBYTE = 1_048_576;
const restarts = { never: "temporary", "on-failure": "transient", always: "permanent" } as const;

/** What a manifest asks for. */
export interface ManifestSpawn {
  readonly module: string;
  readonly options: SpawnOptions;
  readonly dependencies: Dependencies | undefined;
}

/** @param folder - absolute path of the manifest's folder */
export function manifestSpawn(manifest: Manifest, folder: string): ManifestSpawn {
  const {
    module,
    role,
    version,
    description,
    labels,
    tools,
    topicsPublish,
    topicsSubscribe,
    resources = {},
    interface: spoken = {},
    health = {},
    dependencies,
    filesystemAccess,
    ...plain
  } = manifest;
  const topics = [...(topicsSubscribe ?? plain.topics ?? []), ...(spoken.requestTopic ? [spoken.requestTopic] : [])];
  const told: SpawnOptions = {
    agency: role,
    profile: filled({ version, description, priority: resources.priority, labels }),
    topics: topics.length === 0 ? undefined : topics,
    mailboxLimit: resources.maxConcurrentRequests,
    limits:
      resources.maxMemoryMb === undefined
        ? undefined
        : { ...plain.limits, memoryBytes: resources.maxMemoryMb * MEBIBYTE },
    restart: restartOf(health),
    probes: probesOf(plain.probes, health),
    capabilities: filled<CapabilityRequest>({
      ...plain.capabilities,
      ...filled({
        tools: tools === undefined ? undefined : { allow: [...tools] },
        files: filesystemAccess === undefined ? undefined : filesOf(filesystemAccess, folder),
        ipcScope:
          topicsPublish === undefined
            ? undefined
            : { kind: "topic" as const, topics: [...new Set([...topicsPublish, ...topics])] },
      }),
    }),
  };
  return { module, dependencies, options: { ...plain, ...filled(told) } };
}

function restartOf({ restartPolicy, maxRestarts }: NonNullable<ManifestWords["health"]>): RestartPolicy | undefined {
  if (restartPolicy === undefined && maxRestarts === undefined) return undefined;
  return { type: restarts[restartPolicy ?? "on-failure"], ...filled({ maxRestarts }) };
}

/** Any reply is a sign of life. */
function probesOf(
  probes: SpawnOptions["probes"],
  { checkIntervalSecs, timeoutSecs }: NonNullable<ManifestWords["health"]>,
): SpawnOptions["probes"] {
  if (checkIntervalSecs === undefined && timeoutSecs === undefined) return undefined;
  const [intervalMs, timeoutMs] = [checkIntervalSecs, timeoutSecs].map((secs) =>
    secs === undefined ? undefined : Math.ceil(secs * 1000),
  );
  return { ...probes, liveness: { request: { check: "health" }, ...filled({ intervalMs, timeoutMs }) } };
}

function filesOf(access: readonly string[], folder: string): NonNullable<CapabilityRequest["files"]> {
  const files = { read: [] as string[], write: [] as string[], own: [] as string[] };
  for (const one of access) {
    const colon = one.indexOf(":");
    const path = one.slice(colon + 1);
    files[one.slice(0, colon) as keyof typeof files].push(isAbsolute(path) ? path : `${folder}/${path}`);
  }
  return files;
}

function isAbsolute(path: string): boolean {
  return path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path) || path.startsWith("\\\\");
}

/** Leaves out what is not said; undefined when nothing is. */
function filled<T extends object>(given: T): T | undefined {
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  return said.length === 0 ? undefined : (Object.fromEntries(said) as T);
}
