/**
 * Lays configuration over configuration: file, environment, code, the later winning. Keys meet whether they are written in
 * snake_case or camelCase; lists are replaced, tables are merged. Where each value came from is kept for messages.
 */

/** A table of configuration. */
export type Table = Readonly<Record<string, unknown>>;

/** One source of configuration. */
export interface ConfigLayer {
  /** What messages name: a file, `the environment`, `the option config.values`. */
  readonly source: string;
  readonly value: Table;
}

/** Layers made one. */
export interface MergedConfig {
  readonly value: Table;
  /** Names the source of the value at a path of keys, in any spelling; the first layer's when nobody set it. */
  sourceOf(path: readonly string[]): string;
}

const SEPARATOR = "\0";

/** Writes a key as camelCase, so that spellings compare. */
export function camelKey(key: string): string {
  return key.replace(/(?<=.)_([\p{L}\p{N}])/gu, (_match, letter: string) => letter.toUpperCase());
}

/** Tells whether a value is a table: a plain object, nothing else. */
export function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Merges layers, the first the weakest. */
export function mergeLayers(layers: readonly ConfigLayer[]): MergedConfig {
  const sources = new Map<string, string>();
  const first = layers[0]?.source ?? "the defaults";
  let value: Table = {};
  for (const layer of layers) value = mergeTables(value, layer.value, [], layer.source, sources);
  return {
    value,
    sourceOf(path) {
      for (let length = path.length; length > 0; length--) {
        const found = sources.get(path.slice(0, length).map(camelKey).join(SEPARATOR));
        if (found !== undefined) return found;
      }
      return first;
    },
  };
}

function mergeTables(
  under: Table,
  over: Table,
  path: readonly string[],
  source: string,
  sources: Map<string, string>,
): Table {
  // Two spellings in one layer stay two keys: the schema's check reports them.
  const covered = new Map(Object.keys(over).map((key) => [camelKey(key), key]));
  const kept = Object.entries(under).filter(([key]) => !covered.has(camelKey(key)));
  const added = Object.entries(over).map(([key, value]): [string, unknown] => {
    const here = [...path, camelKey(key)];
    sources.set(here.join(SEPARATOR), source);
    const below = Object.entries(under).find(([other]) => camelKey(other) === camelKey(key))?.[1];
    return [key, isTable(value) ? mergeTables(isTable(below) ? below : {}, value, here, source, sources) : value];
  });
  return Object.fromEntries([...kept, ...added]);
}
