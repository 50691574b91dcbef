// The errors of the resource tree. Codes of the area TREE.
import { WeftError } from "@weftos/interface";
import type { DelegationFault } from "./delegation-fault.ts";

/** Raised when a path is not absolute, or has a segment that no node may have. */
export class ResourcePathError extends WeftError<{ readonly path: string }> {
  override readonly code = "TREE_PATH_INVALID";
}

/** Raised when no node has this path. */
export class ResourceNotFoundError extends WeftError<{ readonly path: string }> {
  override readonly code = "TREE_NOT_FOUND";
}

/** Raised when the path is taken. */
export class ResourceExistsError extends WeftError<{ readonly path: string }> {
  override readonly code = "TREE_EXISTS";
}

/** Raised when the parent of a new node is not there. Create the parent first. */
export class ResourceParentError extends WeftError<{ readonly path: string; readonly parent: string }> {
  override readonly code = "TREE_PARENT_MISSING";
}

/** Raised when a node that has children is to be removed. Remove the children first. */
export class ResourceNotEmptyError extends WeftError<{ readonly path: string; readonly children: number }> {
  override readonly code = "TREE_NOT_EMPTY";
}

/** Raised when somebody would change a node that the kernel keeps: the root, a standard namespace, an agent, a feature's own. */
export class ResourceProtectedError extends WeftError<{ readonly path: string }> {
  override readonly code = "TREE_PROTECTED";
}

/** Raised when a kind, metadata, scoring or list of changes breaks a limit. */
export class ResourceChangeError extends WeftError<{ readonly path: string; readonly field: string }> {
  override readonly code = "TREE_CHANGE_INVALID";
}

/** Raised when a change, a delegation or a revocation is not its subject's to make: the access list denies it, or nothing allows it. */
export class ResourceAccessError extends WeftError<{
  readonly path: string;
  readonly permission: string;
  readonly subject: string;
}> {
  override readonly code = "TREE_ACCESS_DENIED";
}

/** Raised when a certificate of delegation cannot be made: it would widen the one above it, or that one does not hold. */
export class DelegationError extends WeftError<{ readonly fault: DelegationFault; readonly delegation: string }> {
  override readonly code = "TREE_DELEGATION_INVALID";
}
