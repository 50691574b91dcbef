// Backpressure: who would rather wait than be refused is told when less than half of the queue is taken.

export class Room {
  #told: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  /** Resolves at the next `free`. */
  wait(): Promise<void> {
    if (this.#told === undefined) {
      let resolve = (): void => undefined;
      const promise = new Promise<void>((settle) => {
        resolve = settle;
      });
      this.#told = { promise, resolve };
    }
    return this.#told.promise;
  }

  free(): void {
    this.#told?.resolve();
    this.#told = undefined;
  }
}
