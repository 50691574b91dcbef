/**
 * Tools for agents: a registry, native tools for files and HTTP, each call guarded under the tool's own action.
 *
 * @packageDocumentation
 * @example
 * ```ts
 * import { defineAction } from "@weftos/interface";
 * import { defineTool, tools } from "@weftos/tools";
 * import { z } from "@weftos/schema";
 *
 * const input = z.strictObject({ order: z.string(), cents: z.int() });
 * const refund = defineTool({
 *   name: "billing.refund",
 *   description: "Pays an order back",
 *   input,
 *   action: defineAction({
 *     name: "billing.refund",
 *     input,
 *     effect: { risk: 0.4 },
 *     audit: "durable",
 *     run: ({ order, cents }) => ({ order, cents }),
 *   }),
 * });
 * console.log(tools({ tools: [refund] }).actions.map(({ name }) => name)); // fs.read, fs.remove, net.post, billing.refund
 * ```
 */
export { defineTool, type Settle, type Tool, type ToolInit } from "./tool/define-tool.ts";
export { type Tools, type ToolsInit, tools } from "./tools-feature.ts";
