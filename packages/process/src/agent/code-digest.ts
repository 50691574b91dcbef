/**
 * Tells which code an agent is, for an approver to be bound to: a digest of its module's file, or of the text of a definition's `run`.
 * What the module imports, or the function closes over, is not in it, and between this read and the load of the module the file can
 * change.
 */
import { fileURLToPath } from "node:url";
import { shake256, toHex } from "@weftos/crypto";
import type { AgentDefinition, AgentSource, Files } from "@weftos/interface";
import { AgentCodeChangedError } from "../process-errors.ts";

const MAX_BYTES = 64 * 1024 * 1024;
/** Stands where a digest would be: whoever approves it is bound to no code, and sees so. */
const UNREAD = "not bound: the file cannot be read";
const NO_TEXT = "not bound: its function has no text of its own";

/** Digests of functions, whose text stays what it is. */
const digests = new WeakMap<AgentDefinition<unknown>["run"], string>();

export type CodeFiles = Pick<Files, "read">;

/**
 * Gives SHAKE-256/256, lower-case hex, of a module's file or the text of a definition's `run`; undefined for a `data:` URL, which is
 * its code.
 */
export async function codeDigest(source: AgentSource, files: CodeFiles): Promise<string | undefined> {
  if (!(source instanceof URL)) return ofDefinition(source);
  if (source.protocol !== "file:") return undefined;
  try {
    return toHex(shake256(await files.read(fileURLToPath(source), { maxBytes: MAX_BYTES })));
  } catch {
    return UNREAD;
  }
}

function ofDefinition({ run }: AgentDefinition<unknown>): string {
  const known = digests.get(run);
  if (known !== undefined) return known;
  // As the engine says it: a function may say something else of itself.
  const text = Function.prototype.toString.call(run);
  const digest = /\{\s*\[native code\]\s*\}$/.test(text) ? NO_TEXT : toHex(shake256(new TextEncoder().encode(text)));
  digests.set(run, digest);
  return digest;
}

/** @throws AGENT_CODE_CHANGED when the code is not what was approved */
export async function assertCode(approved: string, source: AgentSource, files: CodeFiles): Promise<void> {
  if ((await codeDigest(source, files)) === approved) return;
  const module = source instanceof URL ? source.href.slice(0, 200) : "a definition";
  throw new AgentCodeChangedError(`the code of ${module} changed since it was approved: start it anew, to be asked`, {
    details: { module },
  });
}
