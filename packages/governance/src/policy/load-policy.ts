/** Reads a policy from the text of a TOML or JSON file, and says where a mistake is. */

import { isWeftError } from "@weftos/interface";
import {
  ConfigInvalidError,
  ConfigSyntaxError,
  type ParsedDocument,
  parseJson,
  parseToml,
  validateDocument,
} from "@weftos/schema";
import { type PlacedPolicy, type Policy, policyOf, ruleAt } from "./policy.ts";
import { PolicyInvalidError } from "./policy-errors.ts";
import { policyFileSchema } from "./rule-schema.ts";

/**
 * Loads a policy from text.
 *
 * @param text - JSON when the file's name ends in `.json`, else TOML: `dimensions` and `[[rules]]`
 * @param options - `file`: the name for messages; nothing is read from it
 * @throws `GOVERNANCE_POLICY_INVALID` with file, line and rule
 * @example
 * ```ts no-run
 * const policy = await loadPolicy(await readFile("rules.toml", "utf8"), { file: "rules.toml" });
 * ```
 */
export async function loadPolicy(text: string, options: { readonly file: string }): Promise<Policy> {
  return (await loadPlacedPolicy(text, options)).policy;
}

/** Loads a policy with the lines of its rules. @throws as `loadPolicy` */
export async function loadPlacedPolicy(text: string, { file }: { readonly file: string }): Promise<PlacedPolicy> {
  try {
    const document = file.endsWith(".json") ? await parseJson(text, { file }) : await parseToml(text, { file });
    return policyOfDocument(document);
  } catch (error) {
    if (error instanceof ConfigSyntaxError) {
      const { line, column } = error.details;
      throw new PolicyInvalidError(error.message, {
        details: { file, line, column, rule: undefined, key: "" },
        cause: error,
      });
    }
    throw error;
  }
}

function policyOfDocument(document: ParsedDocument): PlacedPolicy {
  try {
    const checked = validateDocument(policyFileSchema, document);
    return {
      policy: policyOf(checked.rules, checked.dimensions),
      source: document.file,
      lineOf(rule) {
        const index = checked.rules.findIndex(({ id }) => id === rule);
        return index < 0 ? undefined : document.position(["rules", index]).line;
      },
    };
  } catch (error) {
    if (isWeftError(error, "CHAIN_NOT_CANONICAL")) {
      const details = { file: document.file, line: 0, column: 0, rule: undefined, key: "" };
      throw new PolicyInvalidError(`${document.file}: expected text of whole Unicode characters, got half of a pair`, {
        details,
        cause: error,
      });
    }
    if (!(error instanceof ConfigInvalidError)) throw error;
    const { line, column, key } = error.details;
    const rule = ruleAt(document.value, pathOf(key));
    const message = rule === undefined ? error.message : `rule ${rule}: ${error.message}`;
    throw new PolicyInvalidError(message, { details: { file: document.file, line, column, rule, key }, cause: error });
  }
}

/** The beginning of a shown path, `rules[3]`, as steps. */
function pathOf(key: string): readonly (string | number)[] {
  const match = /^rules\[(\d+)\]/.exec(key) ?? /^rules\.(\d+)/.exec(key);
  return match === null ? [] : ["rules", Number(match[1])];
}
