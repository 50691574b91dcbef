/** Instants and spans as people read them. */

/** Shows milliseconds UTC as `2026-01-31 12:34:56Z`. */
export function instant(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "-" : `${date.toISOString().slice(0, 19).replace("T", " ")}Z`;
}

/** Shows milliseconds UTC as `12:34:56.789`. */
export function timeOfDay(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "-" : date.toISOString().slice(11, 23);
}

const units = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
] as const;

/** Shows a span in milliseconds by its two largest units: `2 h 5 min`, `42 s`. */
export function span(ms: number): string {
  let rest = Math.max(0, Math.floor(ms / 1000));
  const parts: string[] = [];
  for (const [unit, seconds] of units) {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    if (count > 0) parts.push(`${count} ${unit}`);
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? "0 s" : parts.join(" ");
}

/** Shows how long ago an instant was; a dash when there is none. */
export function ago(ms: number | undefined, now: number): string {
  return ms === undefined || ms <= 0 ? "-" : span(now - ms);
}
