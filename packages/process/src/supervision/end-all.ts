/** How a kernel that shuts down ends its processes: asked in turn, the youngest first, and killed when the time for all is over. */

import type { Clock } from "@weftos/interface";
import type { Run } from "./child.ts";
import type { EndOptions } from "./end-run.ts";

/** What ending all asks of the supervisor. */
export interface EndAllHost {
  readonly clock: Clock;
  /** All that live, the oldest first. */
  running(): readonly Run[];
  stop(run: Run, options: EndOptions): Promise<void>;
  killAll(): void;
}

export async function endAll(timeoutMs: number, { clock, running, stop, killAll }: EndAllHost): Promise<void> {
  const deadline = clock.monotonic() + timeoutMs;
  // What a supervisor started, it ends, in its own order.
  const youngestFirst = running()
    .filter(({ child }) => child?.keeper === undefined)
    .reverse();
  const ends: Promise<void>[] = [];
  for (const [index, run] of youngestFirst.entries()) {
    if (run.state === "exited") continue;
    const left = Math.max(0, deadline - clock.monotonic());
    const end = stop(run, { graceful: left > 0, timeoutMs: left, cause: "shutdown" });
    ends.push(end);
    // One that does not listen delays the others by its share of the time, and takes none of theirs.
    await atMost(left / (youngestFirst.length - index), end, clock);
  }
  await Promise.all(ends);
  // Children of a supervisor that took longer than its kernel has.
  killAll();
  await Promise.all(running().map((run) => run.finished()));
}

async function atMost(ms: number, end: Promise<void>, clock: Clock): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = clock.schedule(ms, resolve);
    end.then(resolve, reject).finally(() => timer.cancel());
  });
}
