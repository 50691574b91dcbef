// Redaction of an open chain: first the event that says so, durably; then the content is zeroed in a copy that replaces the
// file. What a crash or a full disk leaves in between is hidden from readers at once and finished at the next try.
import type { Files, Logger } from "@weftos/interface";
import { ChainRedactionError } from "../error/chain-errors.ts";
import { REDACTED } from "../format/chain-event.ts";
import { CONTENT_FOLDER, contentPath } from "../format/file-names.ts";
import type { SegmentIndex } from "../reader/segment-index.ts";
import type { StoredEvent } from "../reader/stored-event.ts";
import type { ChainWriter } from "../writer/chain-writer.ts";
import type { PairFiles } from "../writer/pair-files.ts";
import { errorCode } from "../writer/publisher.ts";
import { zeroContent } from "./zero-content.ts";

const MAX_REASON_CHARACTERS = 1024;

/** What redactions work with. */
export interface RedactionParts {
  readonly files: Files;
  readonly dir: string;
  readonly writer: ChainWriter;
  readonly pairs: PairFiles;
  readonly index: SegmentIndex;
  readonly logger: Logger;
  readonly read: (sequence: number) => Promise<StoredEvent>;
}

export class Redactions {
  /** Events whose redaction is recorded, or about to be, while their content is still there → sequence of that event. */
  readonly #open = new Map<number, number>();
  readonly #parts: RedactionParts;

  constructor(parts: RedactionParts) {
    this.#parts = parts;
  }

  /** Whether something is still to be zeroed. */
  get unfinished(): boolean {
    return this.#open.size > 0;
  }

  /** Tells whether readers must not see this content. */
  hides(sequence: number): boolean {
    return this.#open.has(sequence);
  }

  /** Redacts one event. @returns the sequence of the event that says so */
  async redact(sequence: number, reason: string, principal: string | undefined): Promise<number> {
    if (reason === "" || reason.length > MAX_REASON_CHARACTERS)
      throw refused(sequence, `a reason is 1 to ${MAX_REASON_CHARACTERS} characters`);
    const { writer, read } = this.#parts;
    await writer.flush();
    const event = await read(sequence);
    if (event.kind.startsWith("chain.")) throw refused(sequence, `events of the kind ${event.kind} cannot be redacted`);
    const begun = this.#open.get(sequence);
    if (begun !== undefined) {
      await writer.flush(begun + 1);
      await this.#erase(sequence);
      return begun;
    }
    if (event.redacted) throw refused(sequence, "it is redacted already");
    if (event.payload === undefined) throw refused(sequence, "it has no content");
    const receipt = writer.appendAsked(REDACTED, { sequence, reason }, principal);
    this.#open.set(sequence, receipt.sequence);
    try {
      await receipt.durable;
    } catch (error) {
      this.#open.delete(sequence);
      throw error;
    }
    await this.#erase(sequence);
    return receipt.sequence;
  }

  /**
   * Finishes what an opening found: redactions whose content may still be there.
   *
   * @param found - redacted sequence → sequence of the event that redacts it
   */
  async finish(found: ReadonlyMap<number, number>): Promise<void> {
    for (const [sequence, by] of found) {
      // What is zeros already reads as redacted; only afterwards would it be hidden.
      const event = await this.#parts.read(sequence);
      if (event.redacted || event.payload === undefined || event.kind.startsWith("chain.")) continue;
      this.#open.set(sequence, by);
      try {
        await this.#erase(sequence);
        this.#parts.logger.info("redaction finished", { sequence });
      } catch (error) {
        // It stays hidden, and the next opening or the next call tries again.
        this.#parts.logger.error("redaction not finished", { sequence, error: errorCode(error) });
      }
    }
  }

  async #erase(sequence: number): Promise<void> {
    const { files, dir, writer, pairs, index } = this.#parts;
    await writer.exclusive(async () => {
      const entry = index.find(sequence);
      if (entry === undefined) throw refused(sequence, "it is not on disk");
      await this.#removeLeftovers();
      const bytes = (await files.read(`${dir}/${contentPath(entry.first)}`)).slice();
      if (zeroContent(bytes, entry.first, entry.contentOffset, sequence))
        await pairs.replaceContent(entry.first, bytes);
    });
    this.#open.delete(sequence);
  }

  /** Removes unfinished copies of content files, which hold what may be redacted now. */
  async #removeLeftovers(): Promise<void> {
    const { files, dir } = this.#parts;
    for (const { name, kind } of await files.list(`${dir}/${CONTENT_FOLDER}`)) {
      if (kind === "file" && name.endsWith(".tmp")) await files.remove(`${dir}/${CONTENT_FOLDER}/${name}`);
    }
  }
}

function refused(sequence: number, reason: string): ChainRedactionError {
  return new ChainRedactionError(`event ${sequence} was not redacted: ${reason}`, { details: { sequence, reason } });
}
