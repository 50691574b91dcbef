/** A typed source of in-process events. Listeners report; one that throws is logged and harms nobody. */
import { type EventEmitter, type EventMap, type Logger, WeftError } from "@weftos/interface";

/** The most listeners of one event. */
export const MAX_LISTENERS = 1000;

/** Raised when one event would get more than 1000 listeners: they are added without being removed. */
export class ListenerLimitError extends WeftError<{ readonly event: string; readonly limit: number }> {
  override readonly code = "KERNEL_LISTENER_LIMIT";
}

/** Makes an emitter. Listeners are called in the order they came, at once. */
export function createEmitter<Events extends EventMap>(logger: Logger): EventEmitter<Events> {
  const listeners = new Map<string, readonly ((event: never) => void)[]>();
  return {
    on(name, listener) {
      const known = listeners.get(name) ?? [];
      if (known.length >= MAX_LISTENERS) {
        throw new ListenerLimitError(`expected at most ${MAX_LISTENERS} listeners of ${name}, got one more`, {
          details: { event: name, limit: MAX_LISTENERS },
        });
      }
      // A fresh function, so that the same listener added twice is removed once at a time.
      const entry = (event: Events[typeof name]): void => listener(event);
      listeners.set(name, [...known, entry]);
      return () => {
        listeners.set(
          name,
          (listeners.get(name) ?? []).filter((other) => other !== entry),
        );
      };
    },
    emit(name, event) {
      for (const listener of listeners.get(name) ?? []) {
        try {
          (listener as (event: Events[typeof name]) => void)(event);
        } catch (error) {
          logger.error("a listener threw", {
            event: name,
            error: error instanceof Error ? error.message : String(error),
          });
        }
      }
    },
  };
}
