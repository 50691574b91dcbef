/**
 * The methods of a kernel on a local socket, as JSON-RPC 2.0. The client is in `@weftos/api/client`.
 *
 * @packageDocumentation
 * @example
 * ```ts
 * import { api } from "@weftos/api";
 *
 * console.log(api().name); // a feature: Kernel.boot({ dir: ".weftos", features: [api()] })
 * ```
 */
export { type Api, api } from "./api-feature.ts";
