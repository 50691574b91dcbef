/** Reads files that options name: what was kept elsewhere to compare with. */
import { readFileSync, statSync } from "node:fs";
import type { JsonValue } from "@weftos/interface";
import { UsageError } from "../failure/usage-error.ts";
import { objectOf } from "../view/fields.ts";
import { type OptionValues, textOption } from "./values.ts";

const MAX_BYTES = 1_048_576;

/** Reads the file of an option as text; undefined when it was not given. @throws `API_USAGE` */
export function fileOption(values: OptionValues, name: string): string | undefined {
  const path = textOption(values, name);
  if (path === undefined) return undefined;
  try {
    const { size } = statSync(path);
    if (size > MAX_BYTES) throw new Error(`${path} is larger than ${MAX_BYTES} bytes`);
    // Every byte must reach whoever checks it: what is not UTF-8 is refused, and a mark at the beginning is kept.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unreadable";
    throw new UsageError(
      `--${name} cannot be read: ${reason}`,
      `name a file that weaver wrote, such as --${name} ./kept`,
    );
  }
}

/** Reads a signed checkpoint from the file of an option: the note itself, or a document that holds it as `note`. */
export function noteOption(values: OptionValues, name: string): string | undefined {
  const text = fileOption(values, name);
  if (text === undefined || !text.startsWith("{")) return text;
  try {
    const { note } = objectOf(JSON.parse(text) as JsonValue);
    if (typeof note === "string") return note;
  } catch {
    // Said below.
  }
  throw new UsageError(`--${name} holds no checkpoint`, "`weaver chain checkpoint --json` gives one as `note`");
}

/** Reads public keys from the file of an option: a list of two, or a document with such a list as `keys`. */
export function keysOption(values: OptionValues, name: string): JsonValue | undefined {
  const text = fileOption(values, name);
  if (text === undefined) return undefined;
  try {
    const document = JSON.parse(text) as JsonValue;
    if (Array.isArray(document)) return document as JsonValue;
    const keys = objectOf(document).keys;
    if (keys !== undefined) return keys;
  } catch {
    // Said below.
  }
  throw new UsageError(`--${name} holds no keys`, "a proof of `weaver chain proof` holds them as `keys`");
}

/** Reads the place where a verification ended: the document itself, or an answer that holds it as `resume`. */
export function resumeOption(values: OptionValues, name: string): JsonValue | undefined {
  const text = fileOption(values, name);
  if (text === undefined) return undefined;
  try {
    const document = objectOf(JSON.parse(text) as JsonValue);
    const point = document.resume ?? document;
    if (objectOf(point).checkpoint !== undefined && objectOf(point).tree !== undefined) return point;
  } catch {
    // Said below.
  }
  throw new UsageError(
    `--${name} holds no place to resume from`,
    "`weaver chain verify --json` gives one, when the chain is valid",
  );
}
