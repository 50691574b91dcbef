/**
 * Gives a document's keys the spelling of its schema, and finds the keys that the schema does not know. Only keys that
 * a schema names are touched: those of free-form records are data and stay as they are.
 */
import { type KeyPath, showKey } from "../input/key-path.ts";
import { chooseOption, innerNodeOf, nodeOf, type ObjectShape, type SchemaNode, shapeOf } from "../schema-node.ts";
import { nearestKey, spellings, toSnakeCase } from "./key-spelling.ts";

/** A key that cannot be used, with its path as the document spells it. */
export interface KeyProblem {
  readonly path: KeyPath;
  readonly expected: string;
  readonly message: string;
}

/** A document in its schema's spelling. */
export interface NormalizedKeys {
  /** A copy with the schema's keys; the unknown ones are left out. */
  readonly value: unknown;
  readonly problems: readonly KeyProblem[];
  /** Gives back the spelling of the document for a path in `value`. */
  originalPath(path: KeyPath): KeyPath;
}

/** Normalizes the keys of a document; suggestions are in snake_case for TOML. */
export function normalizeKeys(schema: unknown, value: unknown, format: "toml" | "json"): NormalizedKeys {
  const normalizer = new KeyNormalizer(format);
  const normalized = normalizer.visit(schema, value, []);
  return {
    value: normalized,
    problems: normalizer.problems,
    originalPath: (path) => normalizer.originalPath(normalized, path),
  };
}

// A union may contain itself through `lazy`; nobody nests them deeper than this on purpose.
const MAX_NESTED_UNIONS = 32;

interface KnownKeys {
  readonly shape: ObjectShape;
  readonly spelled: ReadonlyMap<string, string>;
}

class KeyNormalizer {
  readonly problems: KeyProblem[] = [];
  readonly #format: "toml" | "json";
  readonly #known: WeakMap<object, KnownKeys> = new WeakMap();
  readonly #renamed: WeakMap<object, Map<string, string>> = new WeakMap();

  constructor(format: "toml" | "json") {
    this.#format = format;
  }

  visit(schema: unknown, value: unknown, path: KeyPath): unknown {
    if (typeof value !== "object" || value === null) return value;
    let node = innerNodeOf(schema);
    for (let depth = 0; node?.type === "union" && depth < MAX_NESTED_UNIONS; depth++) {
      node = innerNodeOf(chooseOption(node, this.#readable(node, value)));
    }
    if (node === undefined) return value;
    if (Array.isArray(value)) {
      return value.map((element, index) => this.visit(elementSchema(node, index), element, [...path, index]));
    }
    if (node.type === "record") {
      return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [key, this.visit(node.def.valueType, inner, [...path, key])]),
      );
    }
    return this.#object(node, value, path);
  }

  #object(node: SchemaNode, value: object, path: KeyPath): unknown {
    if (Object.keys(value).length === 0) return value;
    const known = this.#knownKeys(node);
    if (known === undefined) return value;
    const { shape, spelled } = known;
    const result: Record<string, unknown> = {};
    const renamed = new Map<string, string>();
    for (const [key, inner] of Object.entries(value)) {
      const place = [...path, key];
      const name = spelled.get(key);
      if (name === undefined && shape.rest !== undefined) {
        result[key] = this.visit(shape.rest, inner, place);
      } else if (name === undefined) {
        this.problems.push(this.#unknownKey(place, key, shape.keys.keys()));
      } else if (Object.hasOwn(result, name)) {
        const expected = `one spelling of ${showKey(name)}`;
        const first = showKey(renamed.get(name) ?? name);
        this.problems.push({
          path: place,
          expected,
          message: `expected ${expected}, got ${first} and ${showKey(key)}`,
        });
      } else {
        result[name] = this.visit(shape.keys.get(name), inner, place);
        if (name !== key) renamed.set(name, key);
      }
    }
    if (renamed.size > 0) this.#renamed.set(result, renamed);
    return result;
  }

  #knownKeys(node: SchemaNode): KnownKeys | undefined {
    const cached = this.#known.get(node.def);
    if (cached !== undefined) return cached;
    const shape = shapeOf(node);
    if (shape === undefined) return undefined;
    const known = { shape, spelled: spellings(shape.keys.keys()) };
    this.#known.set(node.def, known);
    return known;
  }

  #unknownKey(path: KeyPath, key: string, keys: Iterable<string>): KeyProblem {
    const known = [...keys].map((name) => (this.#format === "toml" ? toSnakeCase(name) : name));
    const near = nearestKey(key, known);
    const expected = near === undefined ? "a known key" : showKey(near);
    return {
      path,
      expected,
      message: near === undefined ? "unknown key" : `unknown key, did you mean ${showKey(near)}?`,
    };
  }

  // To choose among the options of a union, the value's keys are read in camelCase and snake_case alike.
  #readable(node: SchemaNode, value: object): object {
    if (Array.isArray(value)) return value;
    const known = new Set<string>();
    for (const option of Array.isArray(node.def.options) ? node.def.options : []) {
      const inner = innerNodeOf(option);
      for (const key of (inner && shapeOf(inner))?.keys.keys() ?? []) known.add(key);
    }
    const index = spellings(known);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [index.get(key) ?? key, inner]));
  }

  originalPath(root: unknown, path: KeyPath): KeyPath {
    let current = root;
    return path.map((step) => {
      if (typeof current !== "object" || current === null) return step;
      const original = typeof step === "string" ? this.#renamed.get(current)?.get(step) : undefined;
      current = Object.hasOwn(current, step) ? Reflect.get(current, step) : undefined;
      return original ?? step;
    });
  }
}

function elementSchema(node: SchemaNode, index: number): unknown {
  if (node.type === "array") return node.def.element;
  if (node.type !== "tuple") return undefined;
  const items = Array.isArray(node.def.items) ? node.def.items : [];
  return items[index] ?? (nodeOf(node.def.rest) === undefined ? undefined : node.def.rest);
}
