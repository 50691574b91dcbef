/**
 * Who reads which file. Readers come and ask; a file is lent to one reader at a time and is done when its result is
 * accepted. A reader that asks again under another PID has died in between: what was lent to the PID before goes back to
 * the head of the queue, and a late result of it is not accepted. So nothing is lost and nothing counted twice.
 *
 * Limits: the ledger holds every path of the folder; what is lent is at most one file a reader.
 */

/** A file to be read. */
export interface WorkFile {
  /** Counts from 0 in the order of the scan. */
  readonly id: number;
  /** Path relative to the folder, with `/`. */
  readonly path: string;
}

/** A reader's place, and the process that holds it now. */
export interface Claim {
  readonly slot: number;
  readonly pid: number;
}

interface Loan {
  readonly file: WorkFile;
  readonly pid: number;
}

export class WorkLedger {
  readonly #queue: WorkFile[] = [];
  readonly #returned: WorkFile[] = [];
  readonly #loans: Map<number, Loan> = new Map();
  #next = 0;
  #added = 0;
  #done = 0;
  #complete = false;

  /** Files found so far. */
  get added(): number {
    return this.#added;
  }

  /** Files whose result was accepted. */
  get done(): number {
    return this.#done;
  }

  /** Whether every file of a scan that has ended is done. */
  get finished(): boolean {
    return this.#complete && this.#done === this.#added;
  }

  /** Adds a file that was found. @returns its id */
  add(path: string): number {
    const id = this.#added;
    this.#added += 1;
    this.#queue.push({ id, path });
    return id;
  }

  /** Says that the scan has ended. */
  complete(): void {
    this.#complete = true;
  }

  /**
   * Takes back what the slot's former process had, and lends the next file; the same one again to who has one.
   *
   * @returns undefined when there is none now; more may be added
   */
  ask(claim: Claim): WorkFile | undefined {
    const loan = this.#loans.get(claim.slot);
    if (loan?.pid === claim.pid) return loan.file;
    this.release(claim.slot);
    const file = this.#returned.pop() ?? this.#queue[this.#next];
    if (file === undefined) return undefined;
    if (file === this.#queue[this.#next]) this.#next += 1;
    this.#loans.set(claim.slot, { file, pid: claim.pid });
    return file;
  }

  /** Gives the file when the claim holds it now: only then is a result, or a part of one, taken. */
  held(claim: Claim, id: number): WorkFile | undefined {
    const loan = this.#loans.get(claim.slot);
    return loan?.pid === claim.pid && loan.file.id === id ? loan.file : undefined;
  }

  /** Marks a file as done. @returns whether it was accepted: the claim held it until now */
  accept(claim: Claim, id: number): boolean {
    if (this.held(claim, id) === undefined) return false;
    this.#loans.delete(claim.slot);
    this.#done += 1;
    return true;
  }

  /** Takes back what a slot has, if anything. */
  release(slot: number): void {
    const loan = this.#loans.get(slot);
    if (loan === undefined) return;
    this.#loans.delete(slot);
    this.#returned.push(loan.file);
  }
}
