// The chain that children measure: the sources themselves, and events as a kernel records them.
import { nodePlatform } from "../../packages/platform/src/index.ts";

export const platform = nodePlatform();

const SOURCES = ["fs", "net", "process", "ipc"] as const;

/** Makes the event that stands at a place: some 250 bytes with its payload, and fields to look for. */
export function eventAt(n: number) {
  const trace =
    n % 3 === 0
      ? `${Math.floor(n / 30)
          .toString(16)
          .padStart(32, "0")}-00f067aa0ba902b7`
      : undefined;
  return {
    source: SOURCES[n % SOURCES.length] ?? "fs",
    kind: n % 1000 === 0 ? "rare.seen" : `area${n % 7}.done`,
    actor: { pid: 1 + (n % 500), agent: `agent-${n % 500}` },
    payload: {
      action: n % 9973 === 0 ? "fs.remove" : "fs.read",
      resource: `/data/folder/${n}.txt`,
      outcome: "ok",
      bytes: n,
      ...(n % 5000 === 0 && { approval: `approval-${n}` }),
    },
    trace,
  };
}

/** Prints what a child measured. */
export function report(figures: Readonly<Record<string, number>>): void {
  process.stdout.write(JSON.stringify(figures));
}

export function perSecond(count: number, startedMs: number): number {
  return (1000 * count) / (performance.now() - startedMs);
}

export function megabytes(bytes: number): number {
  return bytes / 1024 ** 2;
}
