/**
 * Reads the configuration of a kernel: nothing from outside unless asked for; then `weave.toml`, the environment and code,
 * the later winning, checked as one against the sections of the features.
 */
import type { ConfigSource, Feature, Files } from "@weftos/interface";
import { ConfigInvalidError, type ParsedDocument, parseToml, validateDocument } from "@weftos/schema";
import { codeOf } from "../state/directory-lock.ts";
import { absolutePath, parentOf } from "../state/state-directory.ts";
import { ConfigUnreadableError, FeatureNotInstalledError } from "./config-errors.ts";
import { type ConfigLayer, camelKey, isTable, type MergedConfig, mergeLayers, type Table } from "./config-layers.ts";
import { configSchema } from "./config-schema.ts";
import { type EnvironmentValue, environmentTable, readEnvironment } from "./environment-layer.ts";
import type { KernelSection } from "./kernel-section.ts";
import { KNOWN_FEATURES } from "./known-features.ts";

const MAX_CONFIG_BYTES = 1_048_576;

/** Where configuration comes from. */
export interface ConfigSources {
  /**
   * A TOML file, which must exist; `false` reads none.
   * @defaultValue `weave.toml` beside the state directory, or in the working directory without one; it may be absent
   */
  readonly file?: string | false | undefined;
  /** Whether variables `WEFTOS_<SECTION>__<KEY>` and `WEFTOS_LOG` are read. @defaultValue true */
  readonly env?: boolean | undefined;
  /** Sections given by code; they win. */
  readonly values?: Readonly<Record<string, unknown>> | undefined;
}

/** What a kernel runs with. */
export interface LoadedConfig {
  readonly kernel: KernelSection;
  /** Section → checked value with defaults. */
  readonly sections: Readonly<Record<string, unknown>>;
  /** What was read, for the boot log. */
  readonly sources: readonly string[];
  /** The value of `WEFTOS_LOG`, when it was read. */
  readonly logLevels: string | undefined;
  /** Tells where a section came from. */
  readonly source: (section: string) => ConfigSource;
}

interface LoadDeps {
  readonly features: readonly Feature[];
  readonly files: Files;
  readonly workingFolder: string;
  readonly environment: () => Readonly<Record<string, string | undefined>>;
  /** Absolute path of the state directory. */
  readonly dir: string | undefined;
}

/**
 * Loads and checks the configuration.
 *
 * @throws `CONFIG_SYNTAX`, `CONFIG_INVALID`, `CONFIG_FEATURE_NOT_INSTALLED`, `CONFIG_UNREADABLE`
 */
export async function loadConfig(config: true | ConfigSources | undefined, deps: LoadDeps): Promise<LoadedConfig> {
  if (config === undefined) return checked(mergeLayers([]), undefined, [], deps, undefined);
  const { file, env = true, values } = config === true ? {} : config;
  const document = file === false ? undefined : await readFile(file, deps);
  const environment = env ? deps.environment() : {};
  const variables = readEnvironment(environment);
  const build = (asText: ReadonlySet<string>): MergedConfig => {
    const layers: ConfigLayer[] = [];
    if (document !== undefined) layers.push({ source: document.file, value: tableOf(document) });
    if (variables.length > 0) layers.push({ source: "environment", value: environmentTable(variables, asText) });
    if (values !== undefined) layers.push({ source: "config.values", value: values });
    return mergeLayers(layers);
  };
  const log = environment.WEFTOS_LOG;
  try {
    return checked(build(new Set()), document, variables, deps, log);
  } catch (error) {
    // A variable that reads like a number may be wanted as text.
    const asText = error instanceof ConfigInvalidError ? wantedAsText(error, variables) : new Set<string>();
    if (asText.size === 0) throw error;
    return checked(build(asText), document, variables, deps, log);
  }
}

async function readFile(file: string | undefined, deps: LoadDeps): Promise<ParsedDocument | undefined> {
  const path = absolutePath(file ?? `${folderOf(deps).replace(/[\\/]$/, "")}/weave.toml`, deps.workingFolder);
  let bytes: Uint8Array;
  try {
    bytes = await deps.files.read(path, { maxBytes: MAX_CONFIG_BYTES });
  } catch (error) {
    const reason = codeOf(error) ?? "an error";
    if (reason === "ENOENT" && file === undefined) return undefined;
    throw new ConfigUnreadableError(`expected a configuration file at ${path}, got ${reason}`, {
      details: { file: path, reason },
      cause: error,
    });
  }
  return await parseToml(new TextDecoder().decode(bytes), { file: path });
}

function checked(
  merged: MergedConfig,
  document: ParsedDocument | undefined,
  variables: readonly EnvironmentValue[],
  deps: LoadDeps,
  log: string | undefined,
): LoadedConfig {
  refuseAbsentFeatures(merged, document, deps.features);
  const joined: ParsedDocument = {
    file: document?.file ?? merged.sourceOf([]),
    format: "toml",
    value: merged.value,
    position: (path) => document?.position(path) ?? { line: 1, column: 1 },
  };
  let sections: Record<string, unknown>;
  try {
    sections = validateDocument(configSchema(deps.features), joined);
  } catch (error) {
    throw error instanceof ConfigInvalidError ? withSource(error, merged, document, variables) : error;
  }
  const sources = [document?.file, variables.length > 0 ? "environment" : undefined].filter((one) => one !== undefined);
  const folder = document === undefined ? folderOf(deps) : parentOf(document.file);
  const source = (section: string): ConfigSource => ({
    folder,
    place: (path) => placeOf([section, ...path], merged, document),
  });
  return { kernel: sections.kernel as KernelSection, sections, sources, logLevels: log, source };
}

function tableOf(document: ParsedDocument): Table {
  return isTable(document.value) ? document.value : {};
}

function refuseAbsentFeatures(
  merged: MergedConfig,
  document: ParsedDocument | undefined,
  features: readonly Feature[],
): void {
  for (const section of Object.keys(merged.value)) {
    const wanted = Object.hasOwn(KNOWN_FEATURES, section) ? KNOWN_FEATURES[section] : undefined;
    if (wanted === undefined || features.some((feature) => feature.name === section)) continue;
    const file = merged.sourceOf([section]);
    const line = file === document?.file ? document.position([section]).line : undefined;
    const install = `npm install ${wanted}`;
    throw new FeatureNotInstalledError(
      `${file}${line === undefined ? "" : `:${line}`}: the section [${section}] needs the feature of ${wanted}: ${install}, then add ${section}() to features`,
      { details: { file, line, section, package: wanted, install } },
    );
  }
}

/** The folder in which a configuration is looked for. */
function folderOf({ dir, workingFolder }: LoadDeps): string {
  return dir === undefined ? workingFolder : parentOf(dir);
}

/** Names the file and line of a value, or the source that set it. */
function placeOf(
  path: readonly (string | number)[],
  merged: MergedConfig,
  document: ParsedDocument | undefined,
): ReturnType<ConfigSource["place"]> {
  const source = merged.sourceOf(path.map(String));
  if (document === undefined || source !== document.file) return { source, line: undefined };
  return { source, line: document.position(spelledAs(path, document.value)).line };
}

/** Spells keys as a document does. */
function spelledAs(path: readonly (string | number)[], value: unknown): readonly (string | number)[] {
  let at = value;
  return path.map((step) => {
    const key = isTable(at) ? (Object.keys(at).find((one) => camelKey(one) === step) ?? step) : step;
    at = typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined;
    return key;
  });
}

/** Names the source that set the wrong value; lines are those of the file alone. */
function withSource(
  error: ConfigInvalidError,
  merged: MergedConfig,
  document: ParsedDocument | undefined,
  variables: readonly EnvironmentValue[],
): ConfigInvalidError {
  const first = error.details.issues[0];
  if (first === undefined) return error;
  const path = keysOf(first.key);
  const source = merged.sourceOf(path);
  if (source === document?.file) return error;
  const variable = source === "environment" ? variableAt(path, variables)?.variable : undefined;
  const issue = { ...first, line: 1, column: 1 };
  return new ConfigInvalidError(variable ?? source, issue, [issue], error);
}

function wantedAsText(error: ConfigInvalidError, variables: readonly EnvironmentValue[]): Set<string> {
  const wanted = new Set<string>();
  const issues = error.cause instanceof ConfigInvalidError ? error.cause.details.issues : error.details.issues;
  for (const issue of issues) {
    const variable = variableAt(keysOf(issue.key), variables);
    if (variable !== undefined && typeof variable.value !== "string") wanted.add(variable.variable);
  }
  return wanted;
}

function variableAt(path: readonly string[], variables: readonly EnvironmentValue[]): EnvironmentValue | undefined {
  const keys = path.map(camelKey);
  return variables.find(
    (one) => one.path.length <= keys.length && one.path.every((key, at) => camelKey(key) === keys[at]),
  );
}

function keysOf(key: string): string[] {
  return key.split(/[.[\]]/).filter((part) => part !== "");
}
