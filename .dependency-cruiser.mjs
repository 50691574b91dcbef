// The layers of the house (docs/architecture.md, "The house") as import rules. scripts/check-layers.ts runs them and
// proves that they look at every source file and that they catch a planted violation of each rule named here.
// The tier of each package stands in tiers.json, which `pnpm new:package` extends.
import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";

/** @type {Record<string, number | "dev">} */
const tiers = JSON.parse(readFileSync(new URL("./tiers.json", import.meta.url), "utf8"));

const names = (/** @type {(tier: number | "dev") => boolean} */ test) =>
  Object.entries(tiers)
    .filter(([, tier]) => test(tier))
    .map(([name]) => name);
/** A pattern for files in the sources of the packages whose tier passes the test. */
const sources = (/** @type {(tier: number | "dev") => boolean} */ test, prefix = "") =>
  `^${prefix}packages/(${names(test).join("|") || "none"})/`;
const isAbove = (/** @type {number} */ limit) => (/** @type {number | "dev"} */ tier) => tier === "dev" || tier > limit;

const CORE = `^(node:.*|${builtinModules.filter((name) => !name.startsWith("_")).join("|")})$`;

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "no-circular",
      severity: "error",
      comment: "No import cycle, not even of types.",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-unresolvable",
      severity: "error",
      comment: "Every import resolves.",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "tier-0-imports-nothing",
      severity: "error",
      comment: "The interface package imports no package, no Node module and nothing from npm.",
      from: { path: `${sources((tier) => tier === 0)}src/` },
      to: { pathNot: sources((tier) => tier === 0) },
    },
    {
      name: "tier-1-imports-tier-0-only",
      severity: "error",
      comment: "Tier-1 packages import the interface, never each other and nothing above.",
      from: { path: `^packages/(${names((tier) => tier === 1).join("|")})/src/` },
      to: { path: ["^packages/", "^apps/"], pathNot: ["^packages/$1/", sources((tier) => tier === 0)] },
    },
    {
      name: "tier-2-imports-no-sibling",
      severity: "error",
      comment: "Tier-2 packages import tiers 0 and 1; siblings meet through ports of the interface.",
      from: { path: `^packages/(${names((tier) => tier === 2).join("|")})/src/` },
      to: { path: ["^packages/", "^apps/"], pathNot: ["^packages/$1/", sources((tier) => tier === 0 || tier === 1)] },
    },
    {
      name: "tier-3-imports-tiers-0-to-2",
      severity: "error",
      comment: "The facade imports tiers 0 to 2.",
      from: { path: `^packages/(${names((tier) => tier === 3).join("|")})/src/` },
      to: { path: [sources(isAbove(2)), "^apps/"], pathNot: ["^packages/$1/"] },
    },
    {
      name: "testkit-is-for-development",
      severity: "error",
      comment: "Nothing that ships imports the testkit.",
      from: { path: "^(packages|apps)/[^/]+/src/", pathNot: sources((tier) => tier === "dev") },
      to: { path: sources((tier) => tier === "dev") },
    },
    {
      name: "nothing-imports-an-app",
      severity: "error",
      comment: "Apps are at the top: only their own files, examples and benchmarks reach them.",
      from: { path: "^packages/" },
      to: { path: "^apps/" },
    },
    {
      name: "no-node-where-the-browser-runs",
      severity: "error",
      comment: "The browser half of a package imports no Node module, however far away.",
      from: { path: "browser\\.ts$" },
      to: { path: CORE, reachable: true },
    },
    {
      name: "no-node-in-verification",
      severity: "error",
      comment: "Verification runs in a browser. What it imports from crypto is the browser half there.",
      from: { path: "^packages/exochain/src/verify/" },
      to: { path: CORE },
    },
    {
      name: "files-and-timers-in-platform-only",
      severity: "error",
      comment: "Files and timers come from the context; the platform package alone reaches the machine's.",
      from: { path: "^packages/[^/]+/src/", pathNot: ["^packages/platform/", sources((tier) => tier === "dev")] },
      to: { path: "^(node:)?(fs|fs/promises|timers|timers/promises)$" },
    },
    {
      name: "no-deep-import",
      severity: "error",
      comment: "A package is reached by its name, never by a path into its folder.",
      from: { path: "^(packages|apps)/([^/]+)/" },
      to: { path: "^(packages|apps)/[^/]+/", pathNot: "^$1/$2/", dependencyTypes: ["local"] },
    },
    {
      name: "no-dev-dependency-in-source",
      severity: "error",
      comment: "What ships imports what its manifest lists. zod is bundled into schema on purpose.",
      from: { path: "^(packages|apps)/[^/]+/src/" },
      to: {
        dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"],
        dependencyTypesNot: ["type-only"],
        pathNot: "/node_modules/zod/",
      },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "/dist/" },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["weftos-source", "import", "node", "default", "types"],
      extensions: [".ts", ".js", ".json"],
    },
  },
};
