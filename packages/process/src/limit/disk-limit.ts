/** Holds one start of an agent to what it may keep on disk: checked at each change, before anything is written. */
import type { LimitName } from "@weftos/interface";
import type { StateLimit } from "../agent/state-store.ts";
import { WARN_AT } from "../budget/meter.ts";
import { ProcessLimitError } from "../process-errors.ts";

/** What is held, and who is told. */
export interface DiskLimitInit {
  readonly pid: number;
  /** Most bytes; undefined: as many as a state holds. */
  readonly max: number | undefined;
  readonly near: (limit: LimitName, used: number, max: number) => void;
  readonly over: (limit: LimitName) => void;
}

export class DiskLimit implements StateLimit {
  readonly #init: DiskLimitInit;
  #warned = false;

  constructor(init: DiskLimitInit) {
    this.#init = init;
  }

  /** A change that makes the state smaller passes always: what another start kept may be over the limit of this one. */
  admit(before: number, after: number): void {
    const { pid, max, near, over } = this.#init;
    if (max === undefined || after <= before) return;
    if (after > max) {
      over("diskBytes");
      throw new ProcessLimitError(`process ${pid} may not keep more than ${max} bytes, and is ended`, {
        details: { pid, limit: "diskBytes", max },
      });
    }
    if (this.#warned || after < max * WARN_AT) return;
    this.#warned = true;
    near("diskBytes", after, max);
  }
}
