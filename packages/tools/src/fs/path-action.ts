/** What the file tools share: their two actions, and how a settled path is told to guard and approver. */
import type { ActionInit, Attributes, JsonValue } from "@weftos/interface";
import { z } from "@weftos/schema";
import type { SettledPath } from "../path/settle-path.ts";
import { shownLine } from "../tool/shown-text.ts";

/** Schema of a {@link SettledPath}, for a call that was stored with an approval. */
export const settledPathShape = {
  path: z.string(),
  kind: z.enum(["file", "folder", "link", "other", "missing"]),
  own: z.boolean(),
  bytes: z.int(),
};

/** The input field of every file tool. */
export const pathInput: z.ZodMiniString = z.string().check(z.minLength(1), z.maxLength(4096));

export const fsRead = {
  name: "fs.read",
  description: "Read a file, a folder's entries or what a path is",
  effect: { risk: 0.1, privacy: 0.05 },
  audit: "digest",
  rights: ["tool", "files.read"],
} as const satisfies Partial<ActionInit<never, JsonValue>>;

export const fsRemove = {
  name: "fs.remove",
  description: "Remove a file, or a folder with all it holds",
  effect: { risk: 0.7, security: 0.3 },
  audit: "durable",
  rights: ["tool", "files.write"],
  accumulates: true,
} as const satisfies Partial<ActionInit<never, JsonValue>>;

/** Gives the facts of a path that rules may read. */
export function pathAttributes(tool: string, { path, kind, own, bytes }: SettledPath): Attributes {
  return { tool, path, kind, own, bytes };
}

/** Names a path as a resource, which has at most 1024 characters. */
export function pathResource({ path }: SettledPath): string {
  return path.length <= 1024 ? path : `${path.slice(0, 1023)}…`;
}

/** Shows a path to an approver. */
export function shownPath({ path, kind, bytes }: SettledPath): string {
  const size = kind === "file" ? ` of ${bytes} ${bytes === 1 ? "byte" : "bytes"}` : "";
  return `${kind}${size}: ${shownLine(path)}`;
}
