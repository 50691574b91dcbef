import type { Port } from "../feature/port.ts";
import type { JsonValue } from "../schema/json-value.ts";
import type { Method, MethodCaller } from "./method.ts";

/**
 * All methods of the running features, for whoever serves them on a wire. The kernel provides it.
 *
 * *When called*: by servers and by the host. *Errors*: `API_METHOD_NOT_FOUND`, `API_FORBIDDEN` when the caller's role is too
 * low, `KERNEL_WRONG_STATE` while the kernel does not run, `API_INVALID_PARAMS`, and what the method raises.
 * *Ordering*: complete once every feature is created.
 */
export interface MethodTable {
  /** All methods, sorted by name. */
  list(): readonly Method[];
  find(name: string): Method | undefined;
  /** Checks name, role and state, then calls. */
  call(name: string, input: unknown, caller: MethodCaller): Promise<JsonValue>;
}

export const methodTable: Port<MethodTable, "one"> = { name: "MethodTable", arity: "one" };
