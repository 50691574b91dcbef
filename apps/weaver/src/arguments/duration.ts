/** Reads how long something is, as people write it. */
import { UsageError } from "../failure/usage-error.ts";

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Reads a duration: `500ms`, `30s`, `5m`, `2h`, `1d`.
 *
 * @returns milliseconds
 * @throws `API_USAGE`
 */
export function durationValue(name: string, text: string): number {
  const parts = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  if (parts === null) {
    throw new UsageError(
      `${name} must be a number with ms, s, m, h or d, got ${JSON.stringify(text.slice(0, 64))}`,
      `try ${name} 5m`,
    );
  }
  return Number(parts[1]) * (unitsMs[parts[2] ?? ""] ?? 0);
}
