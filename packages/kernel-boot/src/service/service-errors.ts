/** What registering a service can refuse. */
import { WeftError } from "@weftos/interface";

/** Raised when a service's name or endpoint is none; `details.field` says which. */
export class ServiceInvalidError extends WeftError<{ readonly field: string; readonly expected: string }> {
  override readonly code = "KERNEL_SERVICE_INVALID";
}

/** Raised when a service of that name is registered. Unregister it first. */
export class ServiceExistsError extends WeftError<{ readonly service: string }> {
  override readonly code = "KERNEL_SERVICE_EXISTS";
}

/** Raised when more services are registered than a kernel holds. */
export class ServiceLimitError extends WeftError<{ readonly limit: number }> {
  override readonly code = "KERNEL_SERVICE_LIMIT";
}
