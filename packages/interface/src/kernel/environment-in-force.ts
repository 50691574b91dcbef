import type { Port } from "../feature/port.ts";

/**
 * Tells which environment is in force: another than the configured one once somebody switched.
 *
 * *When called*: whenever the kernel says its environment; before the provider has started, the configured one is said.
 * *Errors*: none. *Ordering*: synchronous. *Rules*: what it says is what decisions are made under.
 */
export interface EnvironmentInForce {
  /** `development`, `staging`, `production` or a custom name. */
  readonly name: string;
}

export const environmentInForce: Port<EnvironmentInForce, "one"> = { name: "EnvironmentInForce", arity: "one" };
