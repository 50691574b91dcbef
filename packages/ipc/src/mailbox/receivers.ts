/** Those who wait in `receive` of a mailbox, in the order in which they came. */
import type { Message, ReceiveOptions } from "@weftos/interface";

interface Receiver {
  readonly where: ReceiveOptions["where"];
  readonly settle: (message: Message | undefined) => void;
  readonly fail: (error: unknown) => void;
}

export class Receivers {
  readonly #waiting: Receiver[] = [];

  get empty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Waits to be served. @returns a promise that rejects with the signal's reason, or with what `where` throws */
  wait({ signal, where }: ReceiveOptions): Promise<Message | undefined> {
    return new Promise((resolve, reject) => {
      const stop = (): void => signal?.removeEventListener("abort", onAbort);
      const receiver: Receiver = {
        where,
        settle: (message) => {
          stop();
          resolve(message);
        },
        fail: (error) => {
          stop();
          reject(error);
        },
      };
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(receiver), 1);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(receiver);
    });
  }

  /**
   * Gives each what it waits for.
   *
   * @param take - finds a message that fits
   * @param over - nothing comes any more: who gets no message gets undefined
   * @returns whether one got a message while others still wait
   */
  serve(take: (where: ReceiveOptions["where"]) => Message | undefined, over: boolean): boolean {
    const receivers = this.#waiting;
    let served = false;
    for (let at = 0; at < receivers.length; ) {
      const receiver = receivers[at] as Receiver;
      let message: Message | undefined;
      try {
        message = take(receiver.where);
      } catch (error) {
        // What a receiver looks for must not throw; if it does, that is no fault of who sends.
        receivers.splice(at, 1);
        receiver.fail(error);
        continue;
      }
      if (message === undefined && !over) {
        at += 1;
        continue;
      }
      receivers.splice(at, 1);
      receiver.settle(message);
      served = true;
    }
    return served && receivers.length > 0;
  }
}
