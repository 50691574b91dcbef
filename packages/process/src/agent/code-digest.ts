/**
 * Tells which code a module is, for an approver to be bound to: a digest of its file. What the module imports is not in it, and between
 * this read and the load of the module the file can change.
 */
import { fileURLToPath } from "node:url";
import { shake256, toHex } from "@weftos/crypto";
import type { AgentSource, Files } from "@weftos/interface";
import { AgentCodeChangedError } from "../process-errors.ts";

const MAX_BYTES = 64 * 1024 * 1024;
/** Stands where a digest would be: whoever approves it is bound to no code, and sees so. */
const UNREAD = "not bound: the file cannot be read";

export type CodeFiles = Pick<Files, "read">;

/** Gives SHAKE-256/256 of a module's file, lower-case hex; undefined for what has no file: a definition, or a `data:` URL, which is its code. */
export async function codeDigest(source: AgentSource, files: CodeFiles): Promise<string | undefined> {
  if (!(source instanceof URL) || source.protocol !== "file:") return undefined;
  try {
    return toHex(shake256(await files.read(fileURLToPath(source), { maxBytes: MAX_BYTES })));
  } catch {
    return UNREAD;
  }
}

/** @throws AGENT_CODE_CHANGED when the code is not what was approved */
export async function assertCode(approved: string, source: AgentSource, files: CodeFiles): Promise<void> {
  if ((await codeDigest(source, files)) === approved) return;
  const module = source instanceof URL ? source.href.slice(0, 200) : "a definition";
  throw new AgentCodeChangedError(`the code of ${module} changed since it was approved: start it anew, to be asked`, {
    details: { module },
  });
}
