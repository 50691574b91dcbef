import { type Role, WeftError } from "@weftos/interface";

/** Raised when no feature of this kernel has a method of that name. `kernel.features` lists what there is. */
export class MethodNotFoundError extends WeftError<{ readonly method: string }> {
  override readonly code = "API_METHOD_NOT_FOUND";
}

/** Raised when a method needs a higher role than its caller has. */
export class MethodForbiddenError extends WeftError<{
  readonly method: string;
  readonly needs: Role;
  readonly has: string;
}> {
  override readonly code = "API_FORBIDDEN";
}
