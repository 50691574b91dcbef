/**
 * Parses strict JSON (RFC 8259) with positions. `JSON.parse` gives no positions, keeps the last of two equal keys, has
 * no depth limit and rounds large integers in silence; here each of these is an error with line and column.
 */
import { showKey } from "../input/key-path.ts";
import { ConfigSyntaxError } from "./config-error.ts";
import { checkText, type DocumentSource, MAX_DOCUMENT_DEPTH, type ParsedDocument } from "./document.ts";
import { type Position, PositionMap } from "./position.ts";

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const HEX4 = /[0-9a-fA-F]{4}/y;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

/**
 * Parses JSON and remembers where everything stood.
 *
 * Limits: 1 MiB of text, 64 levels, integers within ±(2^53 − 1), no key twice in one object, no key `__proto__`.
 *
 * @throws CONFIG_SYNTAX with file, line and column
 * @example
 * ```ts no-run
 * const document = parseJson('{ "name": "reader" }', { file: "agent.json" });
 * document.position(["name"]); // { line: 1, column: 3 }
 * ```
 */
export function parseJson(text: string, source: DocumentSource): ParsedDocument {
  const positions = new PositionMap();
  const value = new JsonReader(checkText(text, source), source.file, positions).read();
  return { file: source.file, format: "json", value, position: (path) => positions.find(value, path) };
}

class JsonReader {
  readonly #text: string;
  readonly #file: string;
  readonly #positions: PositionMap;
  #at = 0;
  #line = 1;
  #lineStart = 0;

  constructor(text: string, file: string, positions: PositionMap) {
    this.#text = text;
    this.#file = file;
    this.#positions = positions;
  }

  read(): unknown {
    this.#skipSpace();
    const value = this.#value(0);
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#fail(`expected the end of the text, got ${this.#here()}`);
    return value;
  }

  #value(depth: number): unknown {
    const char = this.#text[this.#at];
    if (char === "{" || char === "[") {
      if (depth >= MAX_DOCUMENT_DEPTH) this.#fail(`expected at most ${MAX_DOCUMENT_DEPTH} levels, got one more`);
      return char === "{" ? this.#object(depth + 1) : this.#array(depth + 1);
    }
    if (char === '"') return this.#string();
    if (char === "t") return this.#word("true", true);
    if (char === "f") return this.#word("false", false);
    if (char === "n") return this.#word("null", null);
    return this.#number();
  }

  #object(depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    this.#at++;
    this.#skipSpace();
    if (this.#take("}")) return object;
    for (;;) {
      const position = this.#position();
      if (this.#text[this.#at] !== '"') this.#fail(`expected a key in double quotes, got ${this.#here()}`);
      const key = this.#string();
      if (key === "__proto__") this.#fail("expected another key than __proto__", position);
      if (Object.hasOwn(object, key)) this.#fail(`expected each key once, got ${showKey(key)} again`, position);
      this.#skipSpace();
      if (!this.#take(":")) this.#fail(`expected ":" after a key, got ${this.#here()}`);
      this.#skipSpace();
      this.#positions.note(object, key, position);
      object[key] = this.#value(depth);
      this.#skipSpace();
      if (this.#take("}")) return object;
      if (!this.#take(",")) this.#fail(`expected "," or "}", got ${this.#here()}`);
      this.#skipSpace();
    }
  }

  #array(depth: number): unknown[] {
    const array: unknown[] = [];
    this.#at++;
    this.#skipSpace();
    if (this.#take("]")) return array;
    for (;;) {
      this.#positions.note(array, array.length, this.#position());
      array.push(this.#value(depth));
      this.#skipSpace();
      if (this.#take("]")) return array;
      if (!this.#take(",")) this.#fail(`expected "," or "]", got ${this.#here()}`);
      this.#skipSpace();
    }
  }

  #string(): string {
    const start = this.#position();
    this.#at++;
    let value = "";
    for (;;) {
      value += this.#plainText();
      const char = this.#text[this.#at];
      if (char === '"') {
        this.#at++;
        return value;
      }
      if (char === undefined) this.#fail("expected the end of a string, got the end of the text", start);
      if (char !== "\\") this.#fail("expected an escape such as \\n, got a control character in a string");
      value += this.#escape();
    }
  }

  #plainText(): string {
    const start = this.#at;
    for (;;) {
      const char = this.#text.charCodeAt(this.#at);
      // Past the end the code is NaN, which no comparison holds for.
      if (!(char >= 0x20) || char === 0x22 || char === 0x5c) return this.#text.slice(start, this.#at);
      this.#at++;
    }
  }

  #escape(): string {
    const position = this.#position();
    const char = this.#text[this.#at + 1] ?? "";
    this.#at += 2;
    const plain = ESCAPES.get(char);
    if (plain !== undefined) return plain;
    const hex = char === "u" ? this.#match(HEX4) : "";
    if (hex === "") this.#fail("expected an escape of JSON such as \\n or \\u00e9", position);
    return String.fromCharCode(Number.parseInt(hex, 16));
  }

  #number(): number {
    const position = this.#position();
    const digits = this.#match(NUMBER);
    if (digits === "") this.#fail(`expected a value, got ${this.#here()}`);
    const value = Number(digits);
    if (!Number.isFinite(value)) this.#fail("expected a number within the range of a double, got one beyond", position);
    if (/^-?[0-9]+$/.test(digits) && !Number.isSafeInteger(value)) {
      this.#fail("expected an integer within ±(2^53 − 1), got one beyond (write it as a string)", position);
    }
    return value;
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#fail(`expected a value, got ${this.#here()}`);
    this.#at += word.length;
    return value;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #skipSpace(): void {
    for (;;) {
      const char = this.#text.charCodeAt(this.#at);
      if (char === 0x0a) {
        this.#line++;
        this.#lineStart = this.#at + 1;
      } else if (char !== 0x20 && char !== 0x09 && char !== 0x0d) return;
      this.#at++;
    }
  }

  #position(): Position {
    return { line: this.#line, column: this.#at - this.#lineStart + 1 };
  }

  #here(): string {
    const char = this.#text.codePointAt(this.#at);
    return char === undefined ? "the end of the text" : JSON.stringify(String.fromCodePoint(char));
  }

  #fail(reason: string, position: Position = this.#position()): never {
    throw new ConfigSyntaxError({ file: this.#file, ...position, reason });
  }
}
