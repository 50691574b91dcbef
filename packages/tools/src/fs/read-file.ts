/** The tool `fs.read_file`: the content of one regular file, as text where it is UTF-8. */

import { toBase64 } from "@weftos/crypto";
import { defineAction, type Files } from "@weftos/interface";
import { z } from "@weftos/schema";
import { type PathPorts, pathChanged, settlePath } from "../path/settle-path.ts";
import { defineTool, type Tool } from "../tool/define-tool.ts";
import { ToolFailedError, ToolOutputTooLargeError } from "../tool/tool-errors.ts";
import { fsRead, pathAttributes, pathInput, pathResource, settledPathShape, shownPath } from "./path-action.ts";

const NAME = "fs.read_file";
const MAX_BYTES = 16 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

/** Gives the tool `fs.read_file`. */
export function readFileTool(ports: PathPorts): Tool {
  return defineTool({
    name: NAME,
    description: "Reads a file. Text comes as it is; what is not UTF-8 comes as base64.",
    input: z.strictObject({
      path: pathInput,
      maxBytes: z._default(z.int().check(z.minimum(1), z.maximum(MAX_BYTES)), MAX_BYTES),
    }),
    settle: async ({ path, maxBytes }, { subject }) => ({
      ...(await settlePath(ports, NAME, path, "follow", subject)),
      maxBytes,
    }),
    action: defineAction({
      ...fsRead,
      input: z.strictObject({ ...settledPathShape, maxBytes: z.int() }),
      resource: pathResource,
      attributes: (call) => pathAttributes(NAME, call),
      display: (call) => `read the ${shownPath(call)}`,
      run: async ({ path, maxBytes }, { signal }) => {
        const data = await readRegular(ports.files, path, maxBytes, signal);
        const text = decodeUtf8(data);
        return text === undefined
          ? { encoding: "base64", content: toBase64(data), bytes: data.length }
          : { encoding: "utf8", content: text, bytes: data.length };
      },
    }),
  });
}

async function readRegular(files: Files, path: string, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  // Looked at before it is opened: opening a pipe would wait for its writer.
  const entry = await files.stat(path);
  if (entry !== undefined && entry.kind !== "file") {
    const reason = entry.kind === "folder" ? "EISDIR" : "NOT_A_FILE";
    throw new ToolFailedError(`${NAME}: expected a file, got a ${entry.kind}`, { details: { tool: NAME, reason } });
  }
  const file = await files.openRead(path);
  try {
    // Of the file that was opened: what its path leads to may have changed before, and been put back.
    if ((await file.realPath()) !== path) throw pathChanged(NAME);
    const chunks: Uint8Array[] = [];
    let total = 0;
    // The size is a hint only: a file may grow, and those of /proc have none.
    for (let want = Math.max(file.size + 1, CHUNK_BYTES); ; want = CHUNK_BYTES) {
      signal.throwIfAborted();
      const length = Math.min(want, maxBytes + 1 - total);
      const chunk = await file.read(total, length);
      chunks.push(chunk);
      total += chunk.length;
      if (total > maxBytes) {
        const details = { tool: NAME, limit: maxBytes };
        throw new ToolOutputTooLargeError(`${NAME}: the file has more than ${maxBytes} bytes`, { details });
      }
      if (chunk.length < length) break;
    }
    return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : joined(chunks, total);
  } finally {
    await file.close();
  }
}

function joined(chunks: readonly Uint8Array[], total: number): Uint8Array {
  const all = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function decodeUtf8(data: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    return undefined;
  }
}
