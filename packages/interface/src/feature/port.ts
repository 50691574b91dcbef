/**
 * A port is where two packages meet: a name, how many providers it may have, and the type they provide. A token holds
 * no code. `one`: exactly one provider in a kernel. `many`: any number, asked in the order of the features.
 */
export interface Port<T, Arity extends "one" | "many" = "one" | "many"> {
  readonly name: string;
  readonly arity: Arity;
  /** Carries the type; never present at run time. */
  readonly __type?: (value: T) => T;
}

/** Any port, its type forgotten. */
export interface AnyPort {
  readonly name: string;
  readonly arity: "one" | "many";
}

/** A port with its provider. Made by {@link FeatureContext.provide}, so that the two types match. */
export interface Provision {
  readonly port: AnyPort;
  readonly value: unknown;
}
