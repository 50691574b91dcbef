// Has the stretches that lie before a walk examined: by helpers on other threads, so that the walk's own thread only reads
// and judges, or by that thread where there is no helper. The walk takes the reports in order, so what it says depends
// neither on who examined a stretch nor on when that was done.
import { examineStretch } from "./examine-stretch.ts";
import type { Stretch, StretchReport, Watch } from "./stretch.ts";
import { BufferPool, type CutFile, StretchCutter } from "./stretch-cutter.ts";

/** Stretches that are cut and not yet taken. */
const MOST_AHEAD = 6;
/** Stretches that lie with one helper: one in work, one to go on with. */
const MOST_AWAY = 2;
const HELPERS = 2;
const STRETCH_BYTES: number = 128 * 1024;
const STRETCHES_ALONE = 4;

/** Another thread that examines. */
export interface StretchHelper {
  /** Whether it is up. */
  readonly ready: boolean;
  /** Delivers at once what it has finished; otherwise that waits for the thread to be idle. */
  poll(): void;
  /**
   * Examines a stretch, whose buffers it takes.
   *
   * @returns its report, and its buffers again; without them when the helper failed, which says nothing about the stretch.
   *   It never rejects
   */
  examine(
    stretch: Stretch,
    watch: Watch,
  ): Promise<{ readonly report: StretchReport | undefined; readonly stretch: Stretch | undefined }>;
  close(): Promise<void>;
}

/** How stretches are examined. */
export interface Examiners {
  /** Starts a helper; undefined where there is none. */
  readonly startHelper: (() => StretchHelper) | undefined;
  /** A stretch takes segments until it has so many bytes of either file. @defaultValue 131 072 */
  readonly stretchBytes?: number | undefined;
  /** Stretches before helpers are worth their start: by default some thousand events. @defaultValue 4 */
  readonly stretchesAlone?: number | undefined;
}

interface Entry {
  readonly eventsAt: number;
  readonly contentAt: number;
  /** Undefined while it is away, and after it was examined. */
  stretch: Stretch | undefined;
  done: boolean;
  report: StretchReport | undefined;
  /** Resolves when it is back. */
  coming: Promise<void> | undefined;
}

/** A helper, and how many stretches lie with it. */
interface Desk {
  readonly helper: StretchHelper;
  away: number;
}

/** The examining side of one walk. */
export class LookAhead {
  readonly #examiners: Examiners;
  readonly #watch: Watch;
  readonly #pool = new BufferPool();
  readonly #desks: Desk[] = [];
  #alone = 0;

  constructor(examiners: Examiners, watch: Watch) {
    this.#examiners = examiners;
    this.#watch = watch;
  }

  /** Looks ahead in one pair of files. */
  pair(events: CutFile, content: CutFile): PairAhead {
    const cutter = new StretchCutter(this.#pool, events, content, this.#examiners.stretchBytes ?? STRETCH_BYTES);
    return new PairAhead(this, cutter);
  }

  get pool(): BufferPool {
    return this.#pool;
  }

  /** Takes what the helpers have finished. */
  async poll(): Promise<void> {
    for (const { away, helper } of this.#desks) if (away > 0) helper.poll();
    // What was delivered is taken in as promises resolve.
    await undefined;
  }

  /** Whether a helper is up. */
  get helped(): boolean {
    return this.#desks.some(({ helper }) => helper.ready);
  }

  /** Hands a stretch over; false when no helper is there, or all have enough to do. */
  send(entry: Entry): boolean {
    const { stretch } = entry;
    const free = this.#desks.filter(({ helper, away }) => helper.ready && away < MOST_AWAY);
    const desk = free.find(({ away }) => away === 0) ?? free[0];
    if (stretch === undefined || desk === undefined) return false;
    entry.stretch = undefined;
    desk.away += 1;
    entry.coming = desk.helper.examine(stretch, this.#watch).then(({ report, stretch: again }) => {
      desk.away -= 1;
      entry.report = report;
      entry.done = true;
      if (again !== undefined) this.#pool.release(again);
    });
    return true;
  }

  /** Examines a stretch here and now. */
  examine(entry: Entry): void {
    const { stretch } = entry;
    if (stretch === undefined) return;
    entry.report = examineStretch(stretch, this.#watch);
    entry.done = true;
    entry.stretch = undefined;
    this.#pool.release(stretch);
    this.#alone += 1;
    const { startHelper, stretchesAlone = STRETCHES_ALONE } = this.#examiners;
    if (this.#alone !== stretchesAlone || startHelper === undefined) return;
    for (let i = 0; i < HELPERS; i++) this.#desks.push({ helper: startHelper(), away: 0 });
  }

  async close(): Promise<void> {
    await Promise.all(this.#desks.map(({ helper }) => helper.close()));
  }
}

/** The stretches of one pair of files. */
export class PairAhead {
  readonly #ahead: LookAhead;
  readonly #cutter: StretchCutter;
  readonly #queue: Entry[] = [];
  #cutting: Promise<void> | undefined;
  #ended = false;

  constructor(ahead: LookAhead, cutter: StretchCutter) {
    this.#ahead = ahead;
    this.#cutter = cutter;
  }

  /**
   * Gives the report on the stretch that begins at these offsets; undefined when none does, or when it did not pass.
   *
   * @throws what the source throws
   */
  async next(eventsAt: number, contentAt: number): Promise<StretchReport | undefined> {
    for (;;) {
      await this.#ahead.poll();
      this.#drop(eventsAt);
      const [head] = this.#queue;
      if (head !== undefined && (head.eventsAt !== eventsAt || head.contentAt !== contentAt)) return undefined;
      if (head?.done === true) {
        this.#queue.shift();
        return head.report;
      }
      this.#cut();
      this.#send();
      const waiting = this.#queue.find(({ stretch }) => stretch !== undefined);
      const here = waiting !== undefined && (waiting === head || !this.#ahead.helped);
      if (here) this.#ahead.examine(waiting);
      if (this.#cutting !== undefined) await this.#cutting;
      else if (head === undefined && waiting === undefined) return undefined;
      else if (!here) await head?.coming;
    }
  }

  /** Waits for what is under way in the files. */
  async close(): Promise<void> {
    await this.#cutting?.catch(() => undefined);
    for (const { stretch } of this.#queue.splice(0)) if (stretch !== undefined) this.#ahead.pool.release(stretch);
  }

  /** Forgets stretches that the walk has passed by. */
  #drop(eventsAt: number): void {
    for (let [head] = this.#queue; head !== undefined && head.eventsAt < eventsAt; [head] = this.#queue) {
      this.#queue.shift();
      if (head.stretch !== undefined) this.#ahead.pool.release(head.stretch);
    }
  }

  #send(): void {
    for (const entry of this.#queue) if (entry.stretch !== undefined && !this.#ahead.send(entry)) return;
  }

  #cut(): void {
    if (this.#ended || this.#cutting !== undefined || this.#queue.length >= MOST_AHEAD) return;
    this.#cutting = this.#cutter.cut().then(
      (stretch) => {
        this.#cutting = undefined;
        if (stretch === undefined) this.#ended = true;
        else {
          const { eventsAt, contentAt } = stretch;
          this.#queue.push({ eventsAt, contentAt, stretch, done: false, report: undefined, coming: undefined });
        }
      },
      (error: unknown) => {
        this.#cutting = undefined;
        this.#ended = true;
        throw error;
      },
    );
  }
}
