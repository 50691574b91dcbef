import type { Port } from "../feature/port.ts";
import type { Pid } from "../identity/ids.ts";

/** Where a service is to be found. What a process accepts is not known of a service: messages to it are not typed. */
export type ServiceEndpoint<Messages = unknown> =
  | { readonly kind: "process"; readonly pid: Pid<Messages> }
  | { readonly kind: "external"; readonly url: string }
  | { readonly kind: "container"; readonly container: string };

/** A service under its name. */
export interface ServiceEntry {
  /** 1 to 128 letters, digits, `_`, `-` and dots. */
  readonly name: string;
  readonly endpoint: ServiceEndpoint;
  /** The process that registered it and whose end removes it; undefined for one of the kernel's owner. */
  readonly owner: Pid | undefined;
  /** Milliseconds UTC. */
  readonly registeredAt: number;
}

/**
 * Finds services by name.
 *
 * *When called*: by the router for every message to a service. *Errors*: `register` throws `KERNEL_SERVICE_INVALID` for a name or
 * endpoint that is none, `KERNEL_SERVICE_EXISTS` for a name that is taken, `KERNEL_SERVICE_LIMIT` over 10 000; an unknown name
 * is undefined. *Ordering*: synchronous, the newest state. *Rules*: not guarded by itself; the caller's action was. Names are
 * unique; only what `register` gave can be removed.
 */
export interface ServiceDirectory {
  /** Puts a service under a name. @returns the entry, whose identity `unregister` asks for */
  register(
    name: string,
    endpoint: ServiceEndpoint<never>,
    options?: { readonly owner?: Pid<never> | undefined },
  ): ServiceEntry;
  resolve(name: string): ServiceEntry | undefined;
  /** Removes an entry. @returns whether it was there; one that another took the place of is left alone */
  unregister(entry: ServiceEntry): boolean;
  /** Removes all that a process owns, when it has ended. @returns how many there were */
  unregisterOwner(owner: Pid): number;
  /** Hands all that a process owns, and what is at it, over to its next start. @returns how many there were */
  moveOwner(from: Pid, to: Pid): number;
  /** All entries, sorted by name. */
  list(): readonly ServiceEntry[];
}

export const serviceDirectory: Port<ServiceDirectory, "one"> = { name: "ServiceDirectory", arity: "one" };
