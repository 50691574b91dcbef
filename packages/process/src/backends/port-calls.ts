/** What an agent outside the kernel's thread asks of its kernel: numbered calls, so many at once, the others in their order. */
import { readThrown } from "../agent/thrown.ts";
import { ProcessInputInvalidError } from "../process-errors.ts";
import { fitCall } from "./fit-call.ts";
import { type Call, type FromWorker, MAX_CALLS } from "./worker-protocol.ts";

/** Calls that are sent before answers come; those beyond wait here. */
const CALLS_AT_ONCE = MAX_CALLS / 4;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

export class PortCalls {
  readonly #post: (message: FromWorker) => void;
  readonly #open = new Map<number, Waiting>();
  readonly #queue: (() => void)[] = [];
  #ids = 0;

  constructor(post: (message: FromWorker) => void) {
    this.#post = post;
  }

  /**
   * Makes a call.
   *
   * @param map - turns the answer into what the caller gets, before anything that the kernel says next is taken
   */
  make(
    given: Call,
    signal?: AbortSignal,
    map: (value: unknown, id: number) => unknown = (value) => value,
  ): Promise<unknown> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    let call: Call;
    try {
      call = fitCall(given);
    } catch (error) {
      return Promise.reject(error);
    }
    this.#ids += 1;
    const id = this.#ids;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#post({ type: "cancel", id });
        this.#settle(id, () => reject(signal?.reason));
      };
      const settled = (): void => signal?.removeEventListener("abort", onAbort);
      const start = (): void => {
        if (signal?.aborted === true) {
          reject(signal.reason);
          return;
        }
        signal?.addEventListener("abort", onAbort, { once: true });
        const waiting: Waiting = {
          resolve: (value) => {
            settled();
            resolve(map(value, id));
          },
          reject: (reason) => {
            settled();
            reject(reason);
          },
        };
        this.#open.set(id, waiting);
        try {
          this.#post({ type: "call", id, call });
        } catch (error) {
          // What cannot be carried never left this place.
          this.#settle(id, () => waiting.reject(notCarried(call.method, error)));
        }
      };
      if (this.#open.size < CALLS_AT_ONCE) start();
      else this.#queue.push(start);
    });
  }

  resolve(id: number, value: unknown): void {
    this.#settle(id, (call) => call.resolve(value));
  }

  reject(id: number, reason: unknown): void {
    this.#settle(id, (call) => call.reject(reason));
  }

  #settle(id: number, settle: (call: Waiting) => void): void {
    const call = this.#open.get(id);
    if (call === undefined) return;
    this.#open.delete(id);
    settle(call);
    if (this.#open.size < CALLS_AT_ONCE) this.#queue.shift()?.();
  }
}

function notCarried(method: string, error: unknown): Error {
  const { message } = readThrown(error);
  const issue = { path: [], expected: "what can be carried to the kernel", received: "what cannot", message };
  return new ProcessInputInvalidError(`the call ${method} cannot be carried to the kernel: ${message}`, {
    details: { issues: [issue] },
    cause: error,
  });
}
