// Tells those who follow the chain that more is on disk. It carries no events: followers read them, so nothing queues.

export class CommitSignal {
  #closed = false;
  #waiters = new Set<() => void>();

  get closed(): boolean {
    return this.#closed;
  }

  notify(): void {
    const waiters = this.#waiters;
    this.#waiters = new Set();
    for (const wake of waiters) wake();
  }

  close(): void {
    this.#closed = true;
    this.notify();
  }

  /** Resolves at the next commit; false when the chain has closed. Rejects with the signal's reason. */
  async next(signal: AbortSignal | undefined): Promise<boolean> {
    if (this.#closed) return false;
    signal?.throwIfAborted();
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        signal?.removeEventListener("abort", wake);
        this.#waiters.delete(wake);
        resolve();
      };
      this.#waiters.add(wake);
      signal?.addEventListener("abort", wake, { once: true });
    });
    signal?.throwIfAborted();
    return !this.#closed;
  }
}
