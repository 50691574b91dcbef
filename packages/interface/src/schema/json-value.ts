/** A value of JSON. What enters the chain is narrower: numbers there are safe integers. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** An object of JSON. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}
