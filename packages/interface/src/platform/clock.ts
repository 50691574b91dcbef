/** Time, injected everywhere so that tests need no sleep and a kernel can be simulated. */
export interface Clock {
  /** Gives the wall clock in integer milliseconds UTC; it may jump. */
  now(): number;
  /** Gives milliseconds on a clock that never goes back; its origin means nothing. */
  monotonic(): number;
  /**
   * Waits.
   *
   * @param ms - milliseconds on the monotonic clock, 0 or more
   * @throws the signal's reason when it aborts first
   */
  sleep(ms: number, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  /**
   * Calls back once after `ms`.
   *
   * @param options - `background: true` lets the program exit while the timer waits
   */
  schedule(ms: number, callback: () => void, options?: { readonly background?: boolean | undefined }): Timer;
}

/** A timer that was scheduled. */
export interface Timer {
  /** Cancels it; a second call, or one after it fired, does nothing. */
  cancel(): void;
}
