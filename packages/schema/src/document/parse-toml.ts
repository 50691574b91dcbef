/**
 * Parses TOML 1.0 with positions. The grammar is toml-eslint-parser's, loaded on the first call; building the value is
 * done here, because its own builder writes any key, `__proto__` included, and turns dates into `Date`s.
 */
import type { AST } from "toml-eslint-parser";
import { showKey } from "../input/key-path.ts";
import { ConfigSyntaxError } from "./config-error.ts";
import { checkText, type DocumentSource, MAX_DOCUMENT_DEPTH, type ParsedDocument } from "./document.ts";
import { type Position, PositionMap, positionAt } from "./position.ts";

type Table = Record<string, unknown>;
type Key = AST.TOMLBare | AST.TOMLQuoted;

/**
 * Parses TOML 1.0 and remembers where everything stood.
 *
 * Dates and times are given as the strings that the file has (`1979-05-27T07:32:00Z`, `07:32:00`).
 * Limits: 1 MiB of text, 64 levels, integers within ±(2^53 − 1), no key twice, no key `__proto__`.
 *
 * @throws CONFIG_SYNTAX with file, line and column
 * @example
 * ```ts no-run
 * const document = await parseToml("[kernel]\nmax_processes = 16", { file: "weave.toml" });
 * document.position(["kernel", "max_processes"]); // { line: 2, column: 1 }
 * ```
 */
export async function parseToml(text: string, source: DocumentSource): Promise<ParsedDocument> {
  const checked = checkText(text, source);
  const { parseTOML } = await import("toml-eslint-parser");
  // TOML knows no line ending but LF and CRLF; the parser would take a lone CR for one and count no line.
  const loneCr = /\r(?!\n)/.exec(checked);
  if (loneCr !== null)
    fail(source.file, "expected LF or CRLF at the end of a line, got a lone CR", positionAt(checked, loneCr.index));
  let program: AST.TOMLProgram;
  try {
    program = parseTOML(checked, { tomlVersion: "1.0" });
  } catch (cause) {
    throw syntaxError(source.file, cause);
  }
  const positions = new PositionMap();
  const value = new TomlBuilder(source.file, positions).build(program);
  return { file: source.file, format: "toml", value, position: (path) => positions.find(value, path) };
}

function fail(file: string, reason: string, position: Position): never {
  throw new ConfigSyntaxError({ file, ...position, reason });
}

function syntaxError(file: string, cause: unknown): ConfigSyntaxError {
  if (cause instanceof SyntaxError && "lineNumber" in cause && "column" in cause) {
    const position = { line: Number(cause.lineNumber), column: Number(cause.column) + 1 };
    return new ConfigSyntaxError({
      file,
      ...position,
      reason: cause.message.charAt(0).toLowerCase() + cause.message.slice(1),
    });
  }
  // The parser recurses over nesting and spreads long strings onto the stack.
  const reason = "expected shorter strings and less nesting than this text has";
  return new ConfigSyntaxError({ file, line: 1, column: 1, reason }, cause);
}

function nameOf(key: Key): string {
  return key.type === "TOMLBare" ? key.name : key.value;
}

function placeOf(node: AST.TOMLNode): Position {
  return { line: node.loc.start.line, column: node.loc.start.column + 1 };
}

class TomlBuilder {
  readonly #file: string;
  readonly #positions: PositionMap;
  // Tables that a header or a dotted key began; all others are closed to further keys.
  readonly #open: WeakSet<object> = new WeakSet();

  constructor(file: string, positions: PositionMap) {
    this.#file = file;
    this.#positions = positions;
  }

  build(program: AST.TOMLProgram): Table {
    const root = this.#newTable();
    for (const node of program.body[0].body) {
      if (node.type === "TOMLKeyValue") this.#assign(root, node, 1);
      else {
        const { table, depth } = this.#enter(root, node);
        for (const pair of node.body) this.#assign(table, pair, depth);
      }
    }
    return root;
  }

  #newTable(): Table {
    const table: Table = {};
    this.#open.add(table);
    return table;
  }

  #enter(root: Table, node: AST.TOMLTable): { table: Table; depth: number } {
    const keys = node.key.keys;
    let table = root;
    let depth = 1;
    for (const key of keys.slice(0, -1)) {
      table = this.#descend(table, key);
      depth++;
    }
    const last = keys.at(-1);
    if (last === undefined) return fail(this.#file, "expected a key in a table header", placeOf(node));
    if (node.kind === "standard") return { table: this.#descend(table, last), depth: this.#deeper(depth, last) };

    const name = this.#checkedName(last);
    const rows: unknown = Object.hasOwn(table, name) ? table[name] : [];
    if (!Array.isArray(rows) || (rows.length > 0 && !this.#open.has(rows))) this.#refuseTwice(last);
    this.#open.add(rows);
    table[name] = rows;
    this.#positions.note(table, name, placeOf(last));
    const row = this.#newTable();
    this.#positions.note(rows, rows.length, placeOf(last));
    rows.push(row);
    return { table: row, depth: this.#deeper(depth + 1, last) };
  }

  #assign(table: Table, pair: AST.TOMLKeyValue, depth: number): void {
    let target = table;
    let level = depth;
    for (const key of pair.key.keys.slice(0, -1)) {
      target = this.#descend(target, key);
      level = this.#deeper(level, key);
    }
    const last = pair.key.keys.at(-1) ?? fail(this.#file, "expected a key", placeOf(pair));
    const name = this.#checkedName(last);
    if (Object.hasOwn(target, name)) this.#refuseTwice(last);
    this.#positions.note(target, name, placeOf(last));
    target[name] = this.#value(pair.value, level);
  }

  #descend(table: Table, key: Key): Table {
    const name = this.#checkedName(key);
    if (!Object.hasOwn(table, name)) {
      const child = this.#newTable();
      this.#positions.note(table, name, placeOf(key));
      table[name] = child;
      return child;
    }
    const found = table[name];
    const child = Array.isArray(found) && this.#open.has(found) ? found.at(-1) : found;
    if (!this.#isOpenTable(child)) return this.#refuseTwice(key);
    return child;
  }

  #isOpenTable(value: unknown): value is Table {
    return typeof value === "object" && value !== null && !Array.isArray(value) && this.#open.has(value);
  }

  #value(node: AST.TOMLContentNode, depth: number): unknown {
    if (node.type === "TOMLArray") {
      const level = this.#deeper(depth, node);
      const array: unknown[] = [];
      for (const element of node.elements) {
        this.#positions.note(array, array.length, placeOf(element));
        array.push(this.#value(element, level));
      }
      return array;
    }
    if (node.type === "TOMLInlineTable") {
      const level = this.#deeper(depth, node);
      const table = this.#newTable();
      for (const pair of node.body) this.#assign(table, pair, level);
      this.#open.delete(table);
      return table;
    }
    if (node.kind === "integer" && !Number.isSafeInteger(node.value)) {
      return fail(this.#file, "expected an integer within ±(2^53 − 1), got one beyond", placeOf(node));
    }
    if (node.value instanceof Date) {
      if (!("datetime" in node)) return fail(this.#file, "expected a date", placeOf(node));
      return node.datetime;
    }
    return node.value;
  }

  #deeper(depth: number, node: AST.TOMLNode): number {
    if (depth < MAX_DOCUMENT_DEPTH) return depth + 1;
    return fail(this.#file, `expected at most ${MAX_DOCUMENT_DEPTH} levels, got one more`, placeOf(node));
  }

  #checkedName(key: Key): string {
    const name = nameOf(key);
    return name === "__proto__" ? fail(this.#file, "expected another key than __proto__", placeOf(key)) : name;
  }

  #refuseTwice(key: Key): never {
    return fail(this.#file, `expected each key once, got ${showKey(nameOf(key))} again`, placeOf(key));
  }
}
