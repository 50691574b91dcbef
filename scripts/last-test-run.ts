// The run of the tests that `pnpm test` made last under CI: its report, and whether it still speaks for the whole tree,
// so that `pnpm verify --reuse-tests` need not run every test a second time.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { filesBelow, ROOT, relativeToRoot, workspacePackages } from "./workspace.ts";

/** Where a run with coverage leaves its report, as vitest's `json` reporter writes it. */
export const TEST_REPORT: string = join(ROOT, "coverage/tests.json");

/** The fields of the report that are read here. */
export interface TestReport {
  success: boolean;
  /** Milliseconds since 1970. */
  startTime: number;
  numPassedTests: number;
  numFailedTests: number;
  /** One for each test file; `name` is its absolute path. */
  testResults: { name: string }[];
}

/** Reads the report of the last run; none when no run has left one. */
export function readTestReport(path: string = TEST_REPORT): TestReport | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as TestReport) : undefined;
}

/** Removes the report, so that a run that dies is not taken for the one before it. */
export function forgetTestReport(): void {
  rmSync(TEST_REPORT, { force: true });
}

/** The files whose change makes a report worthless, and those whose tests it must hold. */
export interface TestedTree {
  /** Absolute paths of the test files. */
  tests: string[];
  /** When the youngest file was changed, in milliseconds since 1970, and which it was. */
  newest: { path: string; changedAt: number };
}

/** Reads the tree as it is on disk: what git tracks and what it would. */
export function readTestedTree(): TestedTree {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  let newest = { path: "", changedAt: 0 };
  for (const name of listed.split("\0")) {
    const path = join(ROOT, name);
    if (name === "" || !existsSync(path)) continue;
    const changedAt = statSync(path).mtimeMs;
    if (changedAt > newest.changedAt) newest = { path, changedAt };
  }
  const folders = [...workspacePackages().map(({ path }) => path), join(ROOT, "scripts")];
  return { tests: folders.flatMap((folder) => filesBelow(join(folder, "test"), ".test.ts")), newest };
}

/** Says why a report does not speak for the tree; nothing when it does. */
export function whyNotReusable(report: TestReport | undefined, { tests, newest }: TestedTree): string | undefined {
  if (report === undefined) return "no run has left coverage/tests.json: run `CI=1 pnpm test` first";
  if (!report.success) return "the last run failed";
  if (newest.changedAt > report.startTime) return `${relativeToRoot(newest.path)} has changed since the last run`;
  const ran = new Set(report.testResults.map(({ name }) => name.split("\\").join("/")));
  const missing = tests.filter((test) => !ran.has(test.split("\\").join("/")));
  const [first] = missing;
  return first === undefined
    ? undefined
    : `the last run was of a part: ${missing.length} test files are missing, ${relativeToRoot(first)} among them`;
}
