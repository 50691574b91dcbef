// Finds the TypeScript examples in Markdown pages and in the opening comment of each package's index.ts.
// Every ```ts block is a module of its own that is type-checked and run. Its info string can say less:
// `ts no-run` is type-checked only, `ts no-check` is neither.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { filesBelow, ROOT, relativeToRoot, workspacePackages } from "./workspace.ts";

export interface DocExample {
  /** The page below the root. */
  page: string;
  /** The line of the page on which the code begins, from 1. */
  line: number;
  code: string;
  run: boolean;
}

/** Extracts the examples of one page. */
export function examplesOf(page: string, text: string): DocExample[] {
  const examples: DocExample[] = [];
  let open: { fence: string; line: number; run: boolean; wanted: boolean; lines: string[] } | undefined;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const fence = /^ {0,3}(`{3,})\s*(.*)$/.exec(line);
    if (open === undefined) {
      if (fence === null) continue;
      const [language, ...words] = (fence[2] ?? "").trim().split(/\s+/);
      const wanted = language === "ts" && !words.includes("no-check");
      open = { fence: fence[1] ?? "```", line: index + 2, run: !words.includes("no-run"), wanted, lines: [] };
    } else if (fence !== null && fence[2] === "" && (fence[1] ?? "").length >= open.fence.length) {
      if (open.wanted) examples.push({ page, line: open.line, code: open.lines.join("\n"), run: open.run });
      open = undefined;
    } else {
      open.lines.push(line);
    }
  }
  return examples;
}

/** Gives the first comment of a source file as Markdown, on the same lines. */
function openingComment(text: string): string {
  const end = text.indexOf("*/");
  if (!text.trimStart().startsWith("/**") || end < 0) return "";
  return text
    .slice(0, end)
    .split(/\r?\n/)
    .map((line) => line.replace(/^\s*(\/\*\*|\*) ?/, ""))
    .join("\n");
}

/** Lists the paths of every Markdown page of the documentation. */
export function docPages(): string[] {
  return [
    ...["README.md", "CONTRIBUTING.md", "SECURITY.md"].map((name) => join(ROOT, name)),
    ...filesBelow(join(ROOT, "docs"), ".md"),
    ...workspacePackages().map((entry) => join(entry.path, "README.md")),
    ...filesBelow(join(ROOT, "examples"), "README.md"),
  ].filter((path) => existsSync(path));
}

/** Finds every example of the repository, pages sorted. */
export function findDocExamples(): DocExample[] {
  const packages = workspacePackages();
  const pages = docPages();
  const sources = packages.map((entry) => join(entry.path, "src/index.ts")).filter((path) => existsSync(path));
  return [
    ...pages.flatMap((path) => examplesOf(relativeToRoot(path), readFileSync(path, "utf8"))),
    ...sources.flatMap((path) => examplesOf(relativeToRoot(path), openingComment(readFileSync(path, "utf8")))),
  ];
}
