/**
 * Configuration from environment variables: `WEFTOS_<SECTION>__<KEY>`, with further `__` for keys inside keys, such as
 * `WEFTOS_KERNEL__ENVIRONMENT=production`. Names are read in lower case. A value that is JSON is taken as such (`0.5`,
 * `true`, `["a"]`), any other as text; where a schema wants text, `WEFTOS_X__Y=5` is the text `5`. Variables without `__`
 * are none of this.
 */
import { isTable, type Table } from "./config-layers.ts";

const PREFIX = "WEFTOS_";
const MAX_VALUE_LENGTH = 65_536;

/** One variable that configures something. */
export interface EnvironmentValue {
  readonly variable: string;
  /** Section, then keys, in lower case. */
  readonly path: readonly string[];
  readonly text: string;
  /** What the text is as JSON; the text when it is none. */
  readonly value: unknown;
}

/** Finds the variables that configure something. */
export function readEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): readonly EnvironmentValue[] {
  const found: EnvironmentValue[] = [];
  for (const variable of Object.keys(environment).sort()) {
    const text = environment[variable];
    if (text === undefined || !variable.startsWith(PREFIX) || !variable.includes("__")) continue;
    const path = variable.slice(PREFIX.length).toLowerCase().split("__");
    if (path.some((key) => key === "" || key === "__proto__")) continue;
    found.push({ variable, path, text, value: text.length > MAX_VALUE_LENGTH ? text : jsonOr(text) });
  }
  return found;
}

/** Makes a table of the variables; `asText` says which keep their text. */
export function environmentTable(values: readonly EnvironmentValue[], asText: ReadonlySet<string>): Table {
  const table: Record<string, unknown> = {};
  for (const { path, variable, text, value } of values) {
    let at = table;
    for (const key of path.slice(0, -1)) {
      const inner = at[key];
      const next: Record<string, unknown> = isTable(inner) ? { ...inner } : {};
      at[key] = next;
      at = next;
    }
    at[path.at(-1) ?? ""] = asText.has(variable) ? text : value;
  }
  return table;
}

function jsonOr(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value === null ? text : value;
  } catch {
    return text;
  }
}
