/** Reads a long chain so that the kernel's other work goes on meanwhile. */
import type { Clock, RecordedEvent } from "@weftos/interface";

/** Events after which the rest of the program has its turn: some milliseconds of judging them. */
const EVENTS_A_TURN = 128;

/** Gives the events one by one, and lets the program go on now and then. @throws the signal's reason */
export async function* inTurns(
  events: AsyncIterable<RecordedEvent>,
  clock: Pick<Clock, "sleep">,
  signal?: AbortSignal | undefined,
): AsyncGenerator<RecordedEvent, void> {
  let count = 0;
  for await (const event of events) {
    yield event;
    count++;
    if (count % EVENTS_A_TURN === 0) await clock.sleep(0, { signal });
  }
}
