/**
 * Matches the keys of a document with the keys of a schema: `snake_case` in files stands for `camelCase` in schemas and
 * the reverse, and a key that is nearly right gets a suggestion.
 */

/** Writes a camelCase key in snake_case: `maxProcesses` → `max_processes`. */
export function toSnakeCase(key: string): string {
  return key.replace(/(?<=[\p{L}\p{N}])\p{Lu}/gu, (letter) => `_${letter.toLowerCase()}`);
}

/** Writes a snake_case key in camelCase: `max_processes` → `maxProcesses`. */
export function toCamelCase(key: string): string {
  return key.replace(/(?<=[\p{L}\p{N}])_([\p{L}\p{N}])/gu, (_match, letter: string) => letter.toUpperCase());
}

/** Indexes the keys of a schema by every spelling that stands for them; an exact spelling wins. */
export function spellings(keys: Iterable<string>): ReadonlyMap<string, string> {
  const all = [...keys];
  const index = new Map(all.map((key) => [key, key]));
  for (const key of all) {
    for (const spelling of [toSnakeCase(key), toCamelCase(key)]) {
      if (!index.has(spelling)) index.set(spelling, key);
    }
  }
  return index;
}

const MAX_COMPARED = 40;

/** Finds the known key nearest to a mistyped one, if one is near: a third of its letters may differ. */
export function nearestKey(key: string, known: Iterable<string>): string | undefined {
  if (key.length > MAX_COMPARED) return undefined;
  const wanted = plain(key);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    if (candidate.length > MAX_COMPARED) continue;
    const distance = editDistance(wanted, plain(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function plain(key: string): string {
  return key.replace(/[_-]/g, "").toLowerCase();
}

// Optimal string alignment: insertions, deletions, changes, and swaps of neighbours.
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
