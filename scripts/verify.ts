// `pnpm verify` is what CI runs, word for word: every check in order, each named and timed, stopping at the first that
// fails. `--only a,b` runs some of the steps, `--skip a,b` leaves some out, `--reuse-tests` takes the tests of the last
// `CI=1 pnpm test` where nothing has changed since. The last line sums up the tests.
import { join } from "node:path";
import { forgetTestReport, readTestedTree, readTestReport, TEST_REPORT, whyNotReusable } from "./last-test-run.ts";
import { runNode, toolPath } from "./run-command.ts";
import { ROOT, readTiers } from "./workspace.ts";

interface Step {
  name: string;
  /** Commands for Node, run one after the other. */
  commands: string[][];
}

const TYPESCRIPT = join(ROOT, "node_modules/typescript7/bin/tsc");
const COLORS = process.stdout.isTTY ? [] : ["--colors=off"];
const TESTS = [
  toolPath("vitest"),
  "run",
  "--coverage",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${TEST_REPORT}`,
];
const reuseTests = process.argv.includes("--reuse-tests");
const isolated = Object.entries(readTiers()).filter(([, tier]) => tier === 0 || tier === 1);

const STEPS: Step[] = [
  {
    name: "format-and-lint",
    commands: [[toolPath("@biomejs/biome", "biome"), "check", "--error-on-warnings", ...COLORS]],
  },
  { name: "layers", commands: [["scripts/check-layers.ts"]] },
  { name: "dead-code", commands: [[toolPath("knip"), "--no-progress", "--no-config-hints"]] },
  {
    name: "types",
    commands: [
      [TYPESCRIPT, "-p", "tsconfig.json"],
      // The whole program is checked without isolatedDeclarations; the tiers that promise it are checked with it.
      ...isolated.map(([name]) => [TYPESCRIPT, "-p", `packages/${name}/tsconfig.json`]),
    ],
  },
  { name: "tests", commands: [...(reuseTests ? [] : [TESTS]), ["scripts/check-coverage.ts"]] },
  { name: "build", commands: [["scripts/build.ts"]] },
  { name: "start", commands: [["scripts/check-start.ts"]] },
  { name: "manifests", commands: [["scripts/check-manifests.ts"]] },
  { name: "pack", commands: [["scripts/pack-check.ts"]] },
  { name: "doc-examples", commands: [["scripts/check-docs.ts"]] },
  { name: "generated-pages", commands: [["--conditions=weftos-source", "scripts/generate.ts", "--check"]] },
];

function list(option: string): string[] | undefined {
  const at = process.argv.indexOf(option);
  if (at < 0) return undefined;
  const names = (process.argv[at + 1] ?? "").split(",");
  const unknown = names.filter((name) => !STEPS.some((step) => step.name === name));
  if (unknown.length > 0) {
    throw new Error(`${option}: no step ${unknown.join(", ")}; expected ${STEPS.map(({ name }) => name).join(", ")}`);
  }
  return names;
}

async function runStep({ commands }: Step): Promise<boolean> {
  for (const command of commands) {
    const { code } = await runNode(command, { inherit: true });
    if (code !== 0) return false;
  }
  return true;
}

/** Says how many tests passed and failed, if they have run. */
function testSummary(): string | undefined {
  const report = readTestReport();
  return report === undefined ? undefined : `${report.numPassedTests} passed, ${report.numFailedTests} failed`;
}

if (reuseTests) {
  const reason = whyNotReusable(readTestReport(), readTestedTree());
  if (reason !== undefined) throw new Error(`--reuse-tests: ${reason}`);
} else {
  forgetTestReport();
}
const [only, skip] = [list("--only"), list("--skip")];
const chosen = STEPS.filter(({ name }) => (only?.includes(name) ?? true) && !skip?.includes(name));
const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`;
const began = performance.now();
const lines: string[] = [];
let failed = "";
for (const step of chosen) {
  console.log(`\n── ${step.name}`);
  const since = performance.now();
  const passed = await runStep(step);
  lines.push(`${passed ? "✓" : "✗"} ${step.name.padEnd(16)} ${seconds(since).padStart(8)}`);
  if (!passed) {
    failed = step.name;
    break;
  }
}
console.log(`\n${lines.join("\n")}`);
console.log(failed === "" ? `verified in ${seconds(began)}` : `failed at ${failed} after ${seconds(began)}`);
const summary = testSummary();
if (summary !== undefined) console.log(summary);
if (failed !== "") process.exitCode = 1;
