import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../workspace.ts";

const names = JSON.parse(readFileSync(join(ROOT, "docs/reference-names.json"), "utf8")) as Record<string, string[]>;
const page = readFileSync(join(ROOT, "docs/reference-map.md"), "utf8");

/** Rows of the page by section: the reference's name and what stands beside it. */
function rows(): Map<string, [name: string, here: string][]> {
  const sections = new Map<string, [string, string][]>();
  for (const section of page.split(/^## /m).slice(1)) {
    const [title = "", ...lines] = section.split("\n");
    const cells = lines.map((line) => /^\| `(.+?)` \| (.+) \|$/.exec(line)).filter((match) => match !== null);
    sections.set(
      title,
      cells.map((match) => [match[1] ?? "", match[2] ?? ""]),
    );
  }
  return sections;
}

it("has one row for each name of the reference, and no other", () => {
  const found = Object.fromEntries([...rows()].map(([title, entries]) => [title, entries.map(([name]) => name)]));
  expect(found).toEqual(names);
});

it("says where each name is, or why it is not here", () => {
  const vague = [...rows().values()]
    .flat()
    .filter(([, here]) => !/`[^`]+`/.test(here) && !/^not here, because \w.{10,}/.test(here));
  expect(vague).toEqual([]);
});

it("names only packages that exist", () => {
  const named = new Set(
    [...page.matchAll(/`(?:@weftos\/([a-z-]+)|apps\/([a-z-]+))`/g)].map((match) => match[1] ?? match[2]),
  );
  const missing = [...named].filter(
    (name) => !existsSync(join(ROOT, "packages", String(name))) && !existsSync(join(ROOT, "apps", String(name))),
  );
  expect(missing).toEqual([]);
});
