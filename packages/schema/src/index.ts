/**
 * What every parser of input in WeftOS shares: schemas, TOML and JSON with positions, globs, JSON Schema.
 *
 * @packageDocumentation
 * @example
 * ```ts
 * import { parseToml, validateDocument, z } from "@weftos/schema";
 *
 * const schema = z.object({ kernel: z.object({ maxProcesses: z.int().check(z.minimum(1)) }) });
 * const document = await parseToml("[kernel]\nmax_processes = 16\n", { file: "weave.toml" });
 * const config = validateDocument(schema, document);
 * if (config.kernel.maxProcesses !== 16) throw new Error("the file says 16");
 * ```
 */

export {
  type ConfigInvalidDetails,
  ConfigInvalidError,
  type ConfigIssue,
  type ConfigSyntaxDetails,
  ConfigSyntaxError,
} from "./document/config-error.ts";
export {
  type DocumentSource,
  MAX_DOCUMENT_DEPTH,
  MAX_DOCUMENT_LENGTH,
  type ParsedDocument,
} from "./document/document.ts";
export { parseJson } from "./document/parse-json.ts";
export { parseToml } from "./document/parse-toml.ts";
export type { Position } from "./document/position.ts";
export { validateDocument } from "./document/validate-document.ts";
export { compileGlob, compilePathGlob, type Glob, MAX_GLOB_LENGTH } from "./glob/glob.ts";
export { GlobError } from "./glob/glob-error.ts";
export type { KeyPath } from "./input/key-path.ts";
export { type ParseOptions, type ParseResult, parse, safeParse } from "./input/parse.ts";
export type { InputIssue, Problem } from "./input/problem.ts";
export { type JsonSchemaOptions, toJsonSchema } from "./json-schema/to-json-schema.ts";
export { defineMethod, InvalidParamsError, type MethodInit } from "./method/define-method.ts";
export * as z from "./zod-mini.ts";
