/** What the agents of the tour say to each other. Every one of them checks what comes to it against these schemas. */
import { z } from "@weftos/schema";

const id = z.int().check(z.minimum(0));
const slot = z.int().check(z.minimum(0), z.maximum(15));
const terms = z.array(z.tuple([z.string(), z.int().check(z.minimum(1))]));

/** Most terms in one message, so that a huge vocabulary never makes a huge message. */
export const TERMS_A_MESSAGE = 2000;

/** Most paths in one message. */
export const PATHS_A_MESSAGE = 500;

/** To the coordinator: requests, so that nobody runs ahead of it, and `gone`, which it sends to itself. */
export const coordinatorMessage = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("found"), paths: z.array(z.string()) }),
  z.strictObject({ kind: z.literal("closed-folder"), path: z.string(), code: z.string() }),
  z.strictObject({ kind: z.literal("scanned") }),
  z.strictObject({ kind: z.literal("gone"), slot, reason: z.string() }),
  z.strictObject({ kind: z.literal("ask"), slot }),
  z.strictObject({ kind: z.literal("part"), slot, id, terms }),
  z.strictObject({ kind: z.literal("done"), slot, id, bytes: id, words: id, terms }),
  z.strictObject({ kind: z.literal("unreadable"), slot, id, code: z.string() }),
]);
export type CoordinatorMessage = z.infer<typeof coordinatorMessage>;

/** What a reader is given when it asks. */
export const assignment = z.strictObject({ id, path: z.string() });

/** What the coordinator gives to a scanner and to a reader when it starts them. */
export const scannerInput = z.strictObject({ folder: z.string() });
export const readerInput = z.strictObject({ folder: z.string(), slot });

/** To the indexer. */
export const indexerMessage = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("add"), path: z.string(), terms }),
  z.strictObject({ kind: z.literal("top"), limit: z.int().check(z.minimum(1), z.maximum(100)) }),
  z.strictObject({ kind: z.literal("search"), term: z.string() }),
]);
export type IndexerMessage = z.infer<typeof indexerMessage>;

/** Answers of the indexer. */
export const topAnswer = z.array(z.strictObject({ term: z.string(), count: id }));
export const searchAnswer = z.strictObject({
  term: z.string(),
  count: id,
  /** Files that hold the term. */
  files: id,
  /** Those that hold it most often. */
  hits: z.array(z.strictObject({ path: z.string(), count: id })),
});
export type SearchAnswer = z.infer<typeof searchAnswer>;

/** What `fs.read_file` and `fs.read_dir` answer. */
export const fileContent = z.object({ encoding: z.enum(["utf8", "base64"]), content: z.string() });
export const folderEntries = z.object({
  entries: z.array(z.object({ name: z.string(), kind: z.enum(["file", "folder", "link", "other"]) })),
});
