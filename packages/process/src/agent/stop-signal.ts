/** The abort signal of an agent, made when somebody reads it: most idle agents never do, and a signal is large. */
export class StopSignal {
  #controller: AbortController | undefined;
  #reason: (() => unknown) | undefined;

  /** Whether the agent was asked to stop. */
  get requested(): boolean {
    return this.#reason !== undefined;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason !== undefined && !this.#controller.signal.aborted) this.#controller.abort(this.#reason());
    return this.#controller.signal;
  }

  /** Asks once; later calls do nothing. The reason is made when somebody reads it: an error costs more than a start. */
  request(reason: () => unknown): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#controller?.abort(reason());
  }
}
