import type { Feature } from "@weftos/interface";
import { z } from "@weftos/schema";
import { memoryPlatform } from "@weftos/testkit";
import { describe, expect, test } from "vitest";
import { kernelConfigSchema } from "../../../src/config/config-schema.ts";
import { type ConfigSources, loadConfig } from "../../../src/config/load-config.ts";
import { fakeFeature } from "../../fake-features.ts";

const section = z.strictObject({
  riskThreshold: z._default(z.number(), 0.5),
  label: z._default(z.string(), "none"),
  limits: z.prefault(z.strictObject({ maxOpen: z._default(z.int(), 3) }), {}),
});
const law = fakeFeature({ name: "law", config: { schema: section } });
const required = fakeFeature({ name: "need", config: { schema: z.strictObject({ key: z.string() }) } });

interface Given {
  readonly config?: true | ConfigSources | undefined;
  readonly toml?: string;
  readonly environment?: Record<string, string>;
  readonly features?: readonly Feature[];
}

async function load({ config = true, toml, environment = {}, features = [law] }: Given) {
  const { files } = memoryPlatform();
  if (toml !== undefined) {
    await files.makeFolder("/app");
    await files.writeAtomic("/app/weave.toml", new TextEncoder().encode(toml));
  }
  return await loadConfig(config, {
    features,
    files,
    workingFolder: "/app",
    environment: () => environment,
    dir: "/app/.weftos",
  });
}

const failure = (given: Given) =>
  load(given).then(
    () => undefined,
    (error) => error,
  );

describe("the configuration", () => {
  test("reads nothing unless asked, and has every default", async () => {
    const deps = { features: [law], files: memoryPlatform().files, workingFolder: "/app", dir: undefined };
    const environment = (): never => {
      throw new Error("the environment was read");
    };
    const loaded = await loadConfig(undefined, { ...deps, environment });
    expect(loaded.sections.law).toEqual({ riskThreshold: 0.5, label: "none", limits: { maxOpen: 3 } });
    expect(loaded.kernel).toMatchObject({ environment: "development", startTimeoutMs: 10_000, logLevels: "info" });
    expect(loaded.sources).toEqual([]);
  });

  test("lets code win over the environment, and that over the file, key by key in either spelling", async () => {
    const { sections, kernel, sources } = await load({
      toml: '[law]\nrisk_threshold = 0.1\nlabel = "file"\n[law.limits]\nmax_open = 1\n[kernel]\nenvironment = "staging"\n',
      environment: { WEFTOS_LAW__RISK_THRESHOLD: "0.2", WEFTOS_LAW__LIMITS__MAX_OPEN: "2", UNRELATED__X: "1" },
      config: { values: { law: { riskThreshold: 0.3 } } },
    });
    expect(sections.law).toEqual({ riskThreshold: 0.3, label: "file", limits: { maxOpen: 2 } });
    expect(kernel.environment).toBe("staging");
    expect(sources).toEqual(["/app/weave.toml", "environment"]);
  });

  test("says where a value of a section was set, in whatever spelling, and from where its paths are taken", async () => {
    const toml = "[law]\nlabel = 'file'\n\n[law.limits]\nmax_open = 2\n";
    const values = { law: { riskThreshold: 0.3 } };
    const { source } = await load({ toml, environment: { WEFTOS_LAW__LABEL: "env" }, config: { values } });
    const law = source("law");
    expect(law.folder).toBe("/app");
    expect(law.place(["limits", "maxOpen"])).toEqual({ source: "/app/weave.toml", line: 5 });
    expect(law.place(["label"])).toEqual({ source: "environment", line: undefined });
    expect(law.place(["riskThreshold"])).toEqual({ source: "config.values", line: undefined });
    expect((await load({ config: { file: false } })).source("law").folder).toBe("/app");
  });

  test("takes a variable as text where text is wanted", async () => {
    const { sections } = await load({ environment: { WEFTOS_LAW__LABEL: "5", WEFTOS_LAW__RISK_THRESHOLD: "0.9" } });
    expect(sections.law).toMatchObject({ label: "5", riskThreshold: 0.9 });
  });

  test("names file, line and key of an unknown key and of a wrong type", async () => {
    expect(await failure({ toml: "[law]\nrisk_treshold = 1\n" })).toMatchObject({
      code: "CONFIG_INVALID",
      details: { file: "/app/weave.toml", line: 2, key: "law.risk_treshold" },
    });
    expect(await failure({ toml: '\n[law]\nrisk_threshold = "much"\n' })).toMatchObject({
      code: "CONFIG_INVALID",
      details: { file: "/app/weave.toml", line: 3, key: "law.risk_threshold" },
    });
  });

  test("names the variable or the option that is wrong, not the file", async () => {
    const toml = "[law]\nrisk_threshold = 0.1\n";
    expect(await failure({ toml, environment: { WEFTOS_LAW__RISK_THRESHOLD: "much" } })).toMatchObject({
      code: "CONFIG_INVALID",
      details: { file: "WEFTOS_LAW__RISK_THRESHOLD" },
    });
    expect(await failure({ toml, config: { values: { law: { riskThreshold: "much" } } } })).toMatchObject({
      details: { file: "config.values" },
    });
  });

  test("tells file and line of broken TOML", async () => {
    expect(await failure({ toml: "[law]\nrisk_threshold = = 1\n" })).toMatchObject({
      code: "CONFIG_SYNTAX",
      details: { file: "/app/weave.toml", line: 2 },
    });
  });

  test("answers the section of an absent feature with what to install", async () => {
    expect(await failure({ toml: "\n[mesh]\nport = 1\n" })).toMatchObject({
      code: "CONFIG_FEATURE_NOT_INSTALLED",
      details: {
        file: "/app/weave.toml",
        line: 2,
        section: "mesh",
        package: "@weftos/mesh",
        install: "npm install @weftos/mesh",
      },
    });
    expect(await failure({ environment: { WEFTOS_MESH__PORT: "1" } })).toMatchObject({
      code: "CONFIG_FEATURE_NOT_INSTALLED",
      details: { file: "environment", line: undefined },
    });
  });

  test("answers a section that nobody knows as an unknown key", async () => {
    for (const name of ["lawn", "constructor", "toString"]) {
      expect(await failure({ toml: `[${name}]\n` })).toMatchObject({ code: "CONFIG_INVALID", details: { key: name } });
    }
    expect(await failure({ toml: "[__proto__]\nrisk = 1\n" })).toMatchObject({ code: "CONFIG_SYNTAX" });
    expect(await failure({ environment: { WEFTOS_CONSTRUCTOR__NAME: "x" } })).toMatchObject({
      code: "CONFIG_INVALID",
    });
  });

  test("misses a required value even when the section is absent", async () => {
    expect(await failure({ features: [required] })).toMatchObject({ code: "CONFIG_INVALID" });
    expect((await load({ features: [required], environment: { WEFTOS_NEED__KEY: "k" } })).sections.need).toEqual({
      key: "k",
    });
  });

  test("finds no file where none must be, but misses one that was named", async () => {
    expect((await load({})).sources).toEqual([]);
    expect(await failure({ config: { file: "/app/other.toml" } })).toMatchObject({
      code: "CONFIG_UNREADABLE",
      details: { file: "/app/other.toml", reason: "ENOENT" },
    });
  });

  test("reads only what it is told to", async () => {
    const given = { toml: '[law]\nlabel = "file"\n', environment: { WEFTOS_LAW__LABEL: "env" } };
    expect((await load({ ...given, config: { env: false } })).sections.law).toMatchObject({ label: "file" });
    expect((await load({ ...given, config: { file: false } })).sections.law).toMatchObject({ label: "env" });
    expect((await load({ ...given, config: { file: false, env: false } })).sections.law).toMatchObject({
      label: "none",
    });
  });

  test("does not let the prototype be reached through a variable", async () => {
    await load({ environment: { WEFTOS___PROTO____POLLUTED: "1", WEFTOS_LAW____PROTO__: "1" } });
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });

  test("has a JSON Schema of the same source, with keys as the file spells them", async () => {
    const schema = JSON.stringify(await kernelConfigSchema([law]));
    for (const key of ["start_timeout_ms", "risk_threshold", "max_open"]) expect(schema).toContain(`"${key}"`);
  });

  test("refuses a section whose schema cannot be published", async () => {
    const foreign = { "~standard": { version: 1, vendor: "x", validate: (value: unknown) => ({ value }) } } as const;
    expect(await failure({ features: [fakeFeature({ name: "odd", config: { schema: foreign } })] })).toMatchObject({
      code: "KERNEL_FEATURE_INVALID",
    });
  });
});
