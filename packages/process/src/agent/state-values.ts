/**
 * The longer values of an agent's state, each in a file of its own, so that a large state costs disk and no memory. A file is whole
 * before a record names it, and goes when none names it any more; what a crash left between the two goes at the next opening.
 */
import { shake256, toHex } from "@weftos/crypto";
import type { Files } from "@weftos/interface";
import { AgentStateInvalidError } from "../process-errors.ts";
import { MAX_VALUE_BYTES, type ValueFile } from "./state-record.ts";

const DIGEST_BYTES = 16;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class StateValues {
  readonly #files: Files;
  readonly #folder: string;
  #made = false;
  #last = 0;

  /** @param folder - absolute path, made with the first value */
  constructor(files: Files, folder: string) {
    this.#files = files;
    this.#folder = folder;
  }

  /** Removes what no record names. */
  async open(named: ReadonlySet<number>): Promise<void> {
    this.#last = Math.max(0, ...named);
    this.#made = (await this.#files.stat(this.#folder)) !== undefined;
    if (!this.#made) return;
    for (const { name } of await this.#files.list(this.#folder)) {
      if (!named.has(Number(name))) await this.#files.remove(`${this.#folder}/${name}`);
    }
  }

  async write(text: string): Promise<ValueFile> {
    if (!this.#made) await this.#files.makeFolder(this.#folder, { mode: 0o700 });
    this.#made = true;
    this.#last += 1;
    const bytes = encoder.encode(text);
    await this.#files.writeAtomic(this.#path(this.#last), bytes, { mode: 0o600 });
    return { file: this.#last, bytes: bytes.length, digest: digestOf(bytes) };
  }

  /** @throws AGENT_STATE_INVALID when the file is not what was written */
  async read({ file, digest }: ValueFile): Promise<string> {
    const path = this.#path(file);
    const bytes = await this.#files.read(path, { maxBytes: MAX_VALUE_BYTES }).catch((error: unknown) => {
      const { code } = error as { readonly code?: unknown };
      if (code === "ENOENT" || code === "EFBIG") return undefined;
      throw error;
    });
    if (bytes === undefined || digestOf(bytes) !== digest) {
      const message = `${path} is ${bytes === undefined ? "gone or too large" : "not what was written there"}`;
      throw new AgentStateInvalidError(message, { details: { file: path } });
    }
    return decoder.decode(bytes);
  }

  async remove({ file }: ValueFile): Promise<void> {
    await this.#files.remove(this.#path(file));
  }

  /** Removes the folder. */
  async removeAll(): Promise<void> {
    if (this.#made) await this.#files.remove(this.#folder, { recursive: true });
    this.#made = false;
  }

  #path(file: number): string {
    return `${this.#folder}/${file}`;
  }
}

function digestOf(bytes: Uint8Array): string {
  return toHex(shake256(bytes, DIGEST_BYTES));
}
