/**
 * The client of a running daemon, light enough for a command of a second.
 *
 * @packageDocumentation
 * @example
 * ```ts
 * import { connect } from "@weftos/api/client";
 * import { isWeftError } from "@weftos/interface";
 * import { nodePlatform } from "@weftos/platform";
 *
 * const { files, clock } = nodePlatform();
 * try {
 *   const client = await connect(files, "/no/such/state", { clock });
 *   console.log(await client.call("kernel.status"));
 *   await client.close();
 * } catch (error) {
 *   if (!isWeftError(error, "API_NO_DAEMON")) throw error; // start one with `weaver kernel start`
 * }
 * ```
 */
export { type CallOptions, type Client, type ConnectOptions, connect } from "./client/connect.ts";
