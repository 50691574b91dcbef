/** What is told of a value that code threw. It is the code's own, and may be anything: reading it never throws. */

const MAX_CODE = 128;

export interface Thrown {
  readonly message: string;
  readonly code: string | undefined;
}

/** Reads message and code of what was thrown; a message that is no text, or cannot be read, is said to be so. */
export function readThrown(error: unknown): Thrown {
  try {
    if (typeof error === "string") return { message: error, code: undefined };
    if (!(error instanceof Error)) return { message: "it threw what is no error", code: undefined };
    const { message, code } = error as { readonly message: unknown; readonly code?: unknown };
    // The numbers of a DOMException are no codes.
    const told = typeof code === "string" ? code.slice(0, MAX_CODE) : undefined;
    return { message: typeof message === "string" ? message : "it threw an error without a message", code: told };
  } catch {
    return { message: "it threw what cannot be read", code: undefined };
  }
}
