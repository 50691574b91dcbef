/** Reads what a query of events is asked for: who acted, and when. */
import type { JsonObject } from "@weftos/interface";
import { UsageError } from "../failure/usage-error.ts";
import { wholeNumber } from "./values.ts";

const LARGEST = Number.MAX_SAFE_INTEGER;
const unitsMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Reads an actor: a PID, `kernel`, `principal:<name>`, `agent:<name>`, or the bare name of an agent.
 *
 * @throws `API_USAGE`
 */
export function actorValue(text: string): JsonObject {
  if (/^\d/.test(text)) return { pid: wholeNumber("--actor", text, 0, LARGEST) };
  if (text === "kernel") return { pid: 0 };
  const colon = text.indexOf(":");
  const [kind, name] = colon === -1 ? ["agent", text] : [text.slice(0, colon), text.slice(colon + 1)];
  if (name === "" || !["principal", "agent", "process"].includes(kind)) {
    throw new UsageError(
      `--actor must be a PID, kernel, principal:<name> or agent:<name>, got ${JSON.stringify(text.slice(0, 64))}`,
      "try --actor principal:owner",
    );
  }
  return kind === "process" ? { pid: wholeNumber("--actor", name, 0, LARGEST) } : { [kind]: name };
}

/**
 * Reads an instant: `2026-01-31`, `2026-01-31T12:00:00Z`, or how long ago: `30s`, `10m`, `2h`, `7d`.
 *
 * @returns milliseconds UTC
 * @throws `API_USAGE`
 */
export function instantValue(name: string, text: string, now: number): number {
  const ago = /^(\d{1,9})([smhd])$/.exec(text);
  if (ago !== null) return Math.max(0, now - Number(ago[1]) * (unitsMs[ago[2] ?? ""] ?? 0));
  const at = /^\d{4}-\d{2}-\d{2}([T ]|$)/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at) || at < 0) {
    throw new UsageError(
      `${name} must be an instant such as 2026-01-31T12:00:00Z, or how long ago such as 10m, got ${JSON.stringify(text.slice(0, 64))}`,
      `try ${name} 1h`,
    );
  }
  return at;
}
