// What law-locks.ts finds and the error that tells of it holds.
/** One act that nobody might do any more who may now. */
export interface Lock {
  readonly action: string;
  /** Ids of the rules that forbid it, or ask of whom nobody could answer; none where no rule permits it any more. */
  readonly rules: readonly string[];
  /** Names of the environments in which they do. */
  readonly environments: readonly string[];
  /** Whether it is denied everywhere and at all times. */
  readonly always: boolean;
}
