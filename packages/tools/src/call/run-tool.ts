/** Runs what a tool's author wrote, now or after an approval, so that every failure is an error of tools. */
import { isWeftError } from "@weftos/interface";
import { ToolFailedError } from "../tool/tool-errors.ts";

/**
 * Runs code of a tool.
 *
 * @throws what it throws when that is a WeftError or the signal's reason; else `TOOL_FAILED`, with the system's code where
 *   there is one
 */
export async function runTool<T>(tool: string, signal: AbortSignal, run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (isWeftError(error) || (signal.aborted && error === signal.reason)) throw error;
    const reason = reasonOf(error) ?? "UNKNOWN";
    throw new ToolFailedError(`${tool} failed: ${reason}`, { details: { tool, reason }, cause: error });
  }
}

function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string") return error.code.slice(0, 64);
  return reasonOf(error.cause);
}
