// What the event of a batch says of its records beside their root, counted one record at a time: by the writer as they come, by a
// verifier as it reads them.

export const OUTCOMES = ["ok", "failed", "denied"] as const;

/** Of one actor and action: `[actor, action index, ok, failed, denied]`. */
type Row = number[];

export class BatchCounts {
  readonly #rows: Row[] = [];
  /** By the index of the action, then by actor. */
  readonly #byAction: Map<number, Row>[] = [];
  #last: Row | undefined;
  #from = Number.MAX_SAFE_INTEGER;
  #to = 0;

  /** @param outcome - index in `OUTCOMES` */
  add(actor: number, action: number, outcome: number, time: number): void {
    let row = this.#last;
    // Records of one actor come in runs.
    if (row === undefined || row[0] !== actor || row[1] !== action) {
      row = this.#row(actor, action);
      this.#last = row;
    }
    row[2 + outcome] = (row[2 + outcome] as number) + 1;
    if (time < this.#from) this.#from = time;
    if (time > this.#to) this.#to = time;
  }

  /** Time of the earliest record. */
  get from(): number {
    return this.#from;
  }

  /** Time of the latest. */
  get to(): number {
    return this.#to;
  }

  /** In the order in which each first came. */
  get rows(): readonly (readonly number[])[] {
    return this.#rows;
  }

  #row(actor: number, action: number): Row {
    let rows = this.#byAction[action];
    if (rows === undefined) {
      rows = new Map();
      this.#byAction[action] = rows;
    }
    let row = rows.get(actor);
    if (row === undefined) {
      row = [actor, action, 0, 0, 0];
      rows.set(actor, row);
      this.#rows.push(row);
    }
    return row;
  }
}
