/** The abort signal of an agent, made when somebody reads it: most idle agents never do, and a signal is large. */
export class StopSignal {
  #controller: AbortController | undefined;
  #reason: unknown;
  #requested = false;

  /** Whether the agent was asked to stop. */
  get requested(): boolean {
    return this.#requested;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#requested) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  /** Asks once; later calls do nothing. */
  request(reason: unknown): void {
    if (this.#requested) return;
    this.#requested = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}
