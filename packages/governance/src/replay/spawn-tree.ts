/**
 * Who started whom, as the chain says, for decisions that are judged again: rules reach from an agent to all that it starts. PIDs
 * are never reused, so one tree holds for all times.
 *
 * Limit: the latest 100 000 starts; whom a start before these, or a redacted one, put above an agent, is not known.
 */
import type { AuditReader, RecordedEvent } from "@weftos/interface";
import { safeParse, z } from "@weftos/schema";
import type { SpawnedProcess } from "../effect/account.ts";

const MAX_STARTS = 100_000;

const spawned = z.lazy(() =>
  z.looseObject({
    outcome: z.literal("ok"),
    result: z.looseObject({ pid: z.int(), parent: z.int(), agent: z.string() }),
  }),
);
const restarted = z.lazy(() =>
  z.looseObject({ outcome: z.literal("ok"), result: z.looseObject({ oldPid: z.int(), newPid: z.int() }) }),
);

/** Reads it. @throws the signal's reason */
export async function spawnTree(reader: AuditReader, signal?: AbortSignal): Promise<SpawnTree> {
  const tree = new SpawnTree();
  for await (const event of reader.events({ kind: "agent.*", signal })) tree.read(event);
  return tree;
}

/** The tree, with those that have ended. */
export class SpawnTree {
  readonly #processes = new Map<string, SpawnedProcess>();

  /** Finds a process by its PID in decimal. */
  find(pid: string): SpawnedProcess | undefined {
    return this.#processes.get(pid);
  }

  /** Takes a start in; every other event is passed over. */
  read({ kind, payload }: RecordedEvent): void {
    if (kind === "agent.spawn") {
      const read = safeParse(spawned, payload, "a start");
      if (!read.ok) return;
      const { pid, parent, agent: name } = read.value.result;
      this.#keep(pid, { name, parent });
    } else if (kind === "agent.restart") {
      const read = safeParse(restarted, payload, "a restart");
      const before = read.ok ? this.find(String(read.value.result.oldPid)) : undefined;
      if (read.ok && before !== undefined) this.#keep(read.value.result.newPid, before);
    }
  }

  #keep(pid: number, process: SpawnedProcess): void {
    this.#processes.set(String(pid), process);
    if (this.#processes.size <= MAX_STARTS) return;
    const [oldest] = this.#processes.keys();
    if (oldest !== undefined) this.#processes.delete(oldest);
  }
}
