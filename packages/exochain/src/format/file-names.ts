// Where the chain's files lie below the state directory.

export const CHAIN_FOLDER = "chain";
export const CONTENT_FOLDER = "chain/content";
export const CHECKPOINT_FILE = "chain/checkpoint";
export const ACKED_FILE = "run/acked";
/** Writes on their way into the files: there while a writer runs, and after a crash of one. */
export const REDO_FILE = "run/redo";
export const LEAVES_FILE = "journal/leaves";
export const OLD_LEAVES_FILE = "journal/leaves.old";
/** There from the first to the last step of a repair. */
export const REPAIR_FILE = "journal/repair";
export const CACHE_FILE = "cache/exochain";
export const QUERY_FOLDER = "cache/query";
export const KEYS_FOLDER = "cache/keys";
export const CACHE_TILES_FOLDER = "cache/tiles";

/** Gives the name of the pair of files that begins with this sequence. */
export function pairName(first: number): string {
  return `${String(first).padStart(12, "0")}.rvf`;
}

/** Reads the first sequence from a file's name; undefined when it is no such name. */
export function parsePairName(name: string): number | undefined {
  return /^[0-9]{12}\.rvf$/.test(name) ? Number(name.slice(0, 12)) : undefined;
}

export function eventPath(first: number): string {
  return `${CHAIN_FOLDER}/${pairName(first)}`;
}

export function contentPath(first: number): string {
  return `${CONTENT_FOLDER}/${pairName(first)}`;
}
