import { describe, expect, it } from "vitest";
import { type TestReport, whyNotReusable } from "../last-test-run.ts";
import { ROOT } from "../workspace.ts";

const test = `${ROOT}/packages/ipc/test/unit/a.test.ts`;
const other = `${ROOT}/packages/ipc/test/unit/b.test.ts`;
const tree = { tests: [test, other], newest: { path: `${ROOT}/README.md`, changedAt: 1_000 } };
const report: TestReport = {
  success: true,
  startTime: 2_000,
  numPassedTests: 2,
  numFailedTests: 0,
  testResults: [{ name: test }, { name: other }],
};

describe("a run of the tests that is taken for another", () => {
  it("speaks for a tree whose every test it ran after the last change", () => {
    expect(whyNotReusable(report, tree)).toBeUndefined();
  });

  it("must be there", () => {
    expect(whyNotReusable(undefined, tree)).toContain("no run has left");
  });

  it("must have passed", () => {
    expect(whyNotReusable({ ...report, success: false }, tree)).toBe("the last run failed");
  });

  it("must have begun after the youngest file was changed", () => {
    const changed = { ...tree, newest: { path: `${ROOT}/README.md`, changedAt: 2_001 } };
    expect(whyNotReusable(report, changed)).toBe("README.md has changed since the last run");
  });

  it("must have run every test file", () => {
    expect(whyNotReusable({ ...report, testResults: [{ name: other }] }, tree)).toBe(
      "the last run was of a part: 1 test files are missing, packages/ipc/test/unit/a.test.ts among them",
    );
  });
});
