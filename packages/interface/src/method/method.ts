import type { Role, Subject } from "../identity/subject.ts";
import type { JsonValue } from "../schema/json-value.ts";

/** Who calls a method, and until when. */
export interface MethodCaller {
  readonly subject: Subject;
  readonly role: Role;
  readonly signal: AbortSignal;
  /** Told what rules want the caller to know of what the method does; the wire carries it beside the result. */
  readonly onWarnings?: ((warnings: readonly string[]) => void) | undefined;
}

/**
 * An entry of the one method table, which serves every wire and the command line. Input is unknown here: `call` checks it.
 */
export interface Method {
  /** `noun.verb`, such as `kernel.status`. */
  readonly name: string;
  readonly description: string;
  /** The least role that may call it. */
  readonly role: Role;
  /** Whether it changes something. */
  readonly mutates: boolean;
  /** JSON Schema (2020-12) of the input, made when asked for. */
  inputSchema(): Promise<JsonValue>;
  /**
   * Checks the input and runs; the kernel's table has checked the role.
   *
   * @throws `API_INVALID_PARAMS` and the errors of the feature
   */
  call(input: unknown, caller: MethodCaller): Promise<JsonValue>;
}
