/** Where a daemon listens, as `run/endpoint.json` tells. The token lies apart in `run/token`. */
import type { Files } from "@weftos/interface";

/** The content of `run/endpoint.json`. */
export interface Endpoint {
  readonly version: 1;
  /** Path of the Unix socket, or name of the Windows pipe. */
  readonly socket: string;
  /** The operating system's id of the daemon. */
  readonly pid: number;
}

/** Names the files of an endpoint below a state directory. */
export function endpointPaths(dir: string): {
  readonly run: string;
  readonly endpoint: string;
  readonly token: string;
  readonly socket: string;
} {
  const run = `${dir}/run`;
  return { run, endpoint: `${run}/endpoint.json`, token: `${run}/token`, socket: `${run}/socket` };
}

/** Reads where a daemon listens; undefined when there is no such file or it is not one. */
export async function readEndpoint(files: Pick<Files, "read">, dir: string): Promise<Endpoint | undefined> {
  const paths = endpointPaths(dir);
  try {
    const data = await files.read(paths.endpoint, { maxBytes: 4096 });
    const value: unknown = JSON.parse(new TextDecoder().decode(data));
    if (typeof value !== "object" || value === null || !("version" in value) || value.version !== 1) return undefined;
    if (!("socket" in value) || typeof value.socket !== "string" || value.socket === "") return undefined;
    if (!("pid" in value) || typeof value.pid !== "number" || !Number.isSafeInteger(value.pid)) return undefined;
    return { version: 1, socket: value.socket, pid: value.pid };
  } catch {
    return undefined;
  }
}
