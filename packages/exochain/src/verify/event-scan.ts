// Reads events as `readEvent` does, but makes nothing of what no hash or link needs: no texts, no views. What it accepts,
// `readEvent` accepts, with the same values; it may refuse what is odd, and then `readEvent` decides.
import {
  EVENT_FIELDS,
  FORMAT_VERSION,
  MAX_CONTENT_BYTES,
  MAX_EVENT_BYTES,
  TEXT_LIMITS,
} from "../format/event-record.ts";
import { isTreeKind } from "../tree/tree-kinds.ts";

const ARRAY = 0x80;
const BYTES = 0x40;
const TEXT = 0x60;
const NULL = 0xf6;
const TWO_32 = 0x1_0000_0000;
const CHAIN_BYTES = 16;
const NODE_BYTES = 16;
const HASH_BYTES = 32;
const TRACE_BYTES = 24;
const OWN_PREFIX = [..."chain."].map((letter) => letter.charCodeAt(0));
/** First letters of the kinds that may change the tree: most others are told by theirs. */
const TREE_LETTERS = new Set([..."acdeprst"].map((letter) => letter.charCodeAt(0)));
const MAX_TREE_KIND = 32;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A cursor over the payloads of segments; its fields tell of the item that was read last. */
export class EventScan {
  /** Offset of the next byte. */
  at = 0;
  sequence = 0;
  time = 0;
  chainAt = 0;
  previousAt = 0;
  /** -1 for an event without a payload. */
  commitmentAt = 0;
  kindAt = 0;
  kindEnd = 0;
  saltAt = 0;
  contentAt = 0;
  contentEnd = 0;
  #bytes: Uint8Array = new Uint8Array(0);

  /** Begins at the start of a payload. */
  begin(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.at = 0;
  }

  /** Whether the last event is one of the format's own. */
  get isOwn(): boolean {
    for (let i = 0; i < OWN_PREFIX.length; i++) if (this.#bytes[this.kindAt + i] !== OWN_PREFIX[i]) return false;
    return true;
  }

  /** Whether the last event is of a kind that may change the resource tree. */
  get isTree(): boolean {
    const { kindAt: at, kindEnd: end } = this;
    const bytes = this.#bytes;
    if (end - at > MAX_TREE_KIND || !TREE_LETTERS.has(bytes[at] as number)) return false;
    let kind = "";
    for (let i = at; i < end; i++) kind += String.fromCharCode(bytes[i] as number);
    return isTreeKind(kind);
  }

  /** Reads an event. @returns false when it is not in the plain form; then the cursor stands anywhere */
  event(): boolean {
    const start = this.at;
    if (!this.#byte(ARRAY | EVENT_FIELDS) || !this.#byte(FORMAT_VERSION)) return false;
    this.chainAt = this.#fixed(CHAIN_BYTES);
    this.sequence = this.#uint();
    this.time = this.#uint();
    this.previousAt = this.#fixed(HASH_BYTES);
    if (this.chainAt < 0 || this.sequence < 0 || this.time < 0 || this.previousAt < 0) return false;
    if (!this.#text(TEXT_LIMITS.source)) return false;
    if (!this.#text(TEXT_LIMITS.kind)) return false;
    this.kindEnd = this.at;
    this.kindAt = this.#textAt;
    if (!this.#byte(ARRAY | 4) || this.#fixed(NODE_BYTES) < 0) return false;
    if (!this.#isNull() && !this.#text(TEXT_LIMITS.principal)) return false;
    if (!this.#isNull() && this.#uint() < 0) return false;
    if (!this.#isNull() && !this.#text(TEXT_LIMITS.agent)) return false;
    if (!this.#isNull() && this.#fixed(TRACE_BYTES) < 0) return false;
    if (!this.#isNull() && !this.#text(TEXT_LIMITS.key)) return false;
    if (this.#isNull()) this.commitmentAt = -1;
    else {
      this.commitmentAt = this.#fixed(HASH_BYTES);
      if (this.commitmentAt < 0) return false;
    }
    return this.at <= this.#bytes.length && this.at - start <= MAX_EVENT_BYTES;
  }

  /** Reads a content record. @returns false when it is not in the plain form, or could be a redacted one */
  content(): boolean {
    if (!this.#byte(ARRAY | 3)) return false;
    this.sequence = this.#uint();
    this.saltAt = this.#fixed(HASH_BYTES);
    if (this.sequence < 0 || this.saltAt < 0) return false;
    const length = this.#length(BYTES);
    if (length < 1 || length > MAX_CONTENT_BYTES) return false;
    this.contentAt = this.at;
    this.at += length;
    this.contentEnd = this.at;
    return this.at <= this.#bytes.length && !this.#isZero(this.saltAt, 8);
  }

  #textAt = 0;

  #byte(value: number): boolean {
    return this.#bytes[this.at++] === value;
  }

  #isNull(): boolean {
    if (this.#bytes[this.at] !== NULL) return false;
    this.at += 1;
    return true;
  }

  #isZero(at: number, length: number): boolean {
    for (let i = 0; i < length; i++) if (this.#bytes[at + i] !== 0) return false;
    return true;
  }

  /** Reads a byte string of a known length: where it begins, or -1. */
  #fixed(length: number): number {
    if (this.#length(BYTES) !== length) return -1;
    const at = this.at;
    this.at += length;
    return at;
  }

  #text(limit: number): boolean {
    const length = this.#length(TEXT);
    if (length < 1 || length > limit) return false;
    const bytes = this.#bytes;
    const start = this.at;
    const end = start + length;
    this.#textAt = start;
    this.at = end;
    if (end > bytes.length) return false;
    for (let i = start; i < end; i++) if ((bytes[i] as number) >= 0x80) return isUtf8(bytes.subarray(start, end));
    return true;
  }

  /** Reads the head of a string, or gives -1. */
  #length(major: number): number {
    const head = this.#bytes[this.at++] as number;
    return (head & 0xe0) === major ? this.#argument(head & 0x1f) : -1;
  }

  #uint(): number {
    const head = this.#bytes[this.at++] as number;
    return head <= 0x1b ? this.#argument(head) : -1;
  }

  /** Reads the argument of a head in its shortest form, or gives -1. Beyond the end all bytes are undefined, so nothing holds. */
  #argument(short: number): number {
    if (short < 24) return short;
    const bytes = this.#bytes;
    const at = this.at;
    if (short === 24) {
      this.at = at + 1;
      const value = bytes[at] as number;
      return value >= 24 ? value : -1;
    }
    if (short === 25) {
      this.at = at + 2;
      const value = (bytes[at] as number) * 0x100 + (bytes[at + 1] as number);
      return value >= 0x100 ? value : -1;
    }
    const upper = word(bytes, at);
    if (short === 26) {
      this.at = at + 4;
      return upper >= 0x10000 ? upper : -1;
    }
    if (short !== 27) return -1;
    this.at = at + 8;
    const value = upper * TWO_32 + word(bytes, at + 4);
    return upper >= 1 && value <= Number.MAX_SAFE_INTEGER ? value : -1;
  }
}

function word(bytes: Uint8Array, at: number): number {
  const upper = (bytes[at] as number) * 0x100 + (bytes[at + 1] as number);
  return upper * 0x10000 + (bytes[at + 2] as number) * 0x100 + (bytes[at + 3] as number);
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    utf8.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
