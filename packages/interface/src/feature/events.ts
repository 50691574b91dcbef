/** In-process events: `noun:past-verb` → what listeners get. They report; they never decide. */
export type EventMap = { readonly [name: string]: object };

/** Where to listen. */
export interface EventSource<Events> {
  /** Adds a listener. @returns a function that removes it; at most 1000 listeners an event */
  on<Name extends keyof Events & string>(name: Name, listener: (event: Events[Name]) => void): () => void;
}

/** Where the owner of the events emits them. */
export interface EventEmitter<Events> extends EventSource<Events> {
  emit<Name extends keyof Events & string>(name: Name, event: Events[Name]): void;
}
