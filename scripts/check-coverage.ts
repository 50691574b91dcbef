// Checks the coverage of each package on its own: 80 % of its lines, 90 % where the trust of everything else rests.
// Reads what `vitest run --coverage` has left in coverage/coverage-summary.json; a package without a line is a failure.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, relativeToRoot, reportProblems, workspacePackages } from "./workspace.ts";

const THRESHOLD = 80;
const HIGHER: Record<string, number> = { "packages/exochain": 90, "packages/governance": 90 };

interface Lines {
  total: number;
  covered: number;
}

const path = join(ROOT, "coverage/coverage-summary.json");
if (!existsSync(path)) throw new Error("expected coverage/coverage-summary.json: run `vitest run --coverage` first");
const summary = JSON.parse(readFileSync(path, "utf8")) as Record<string, { lines: Lines }>;

const sums = new Map<string, Lines>(workspacePackages().map((entry) => [entry.folder, { total: 0, covered: 0 }]));
for (const [file, { lines }] of Object.entries(summary)) {
  if (file === "total") continue;
  const sum = sums.get(relativeToRoot(file).split("/").slice(0, 2).join("/"));
  if (sum === undefined) continue;
  sum.total += lines.total;
  sum.covered += lines.covered;
}

const problems: string[] = [];
const report: string[] = [];
for (const [folder, { total, covered }] of sums) {
  const threshold = HIGHER[folder] ?? THRESHOLD;
  const percent = total === 0 ? 0 : (covered / total) * 100;
  report.push(`${folder} ${percent.toFixed(1)} %`);
  if (percent < threshold) {
    problems.push(`${folder}: ${covered} of ${total} lines (${percent.toFixed(1)} %), expected ${threshold} %`);
  }
}
reportProblems("coverage", problems, report.join(", "));
