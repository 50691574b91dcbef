import { expect, test } from "vitest";
import { deadLinks } from "../doc-links.ts";

const files: Record<string, string> = {
  "docs/a.md": "# A page\n\n## What `it` does, and not\n\n```sh\n# no heading\n```\n",
  "packages/x": "",
  "docs/a b.md": "",
};
const problems = (text: string, page = "docs/page.md") => deadLinks(page, text, (path) => files[path]);

test("links to files, folders, headings and the web are alive", () => {
  expect(problems("[a](a.md) [x](../packages/x) [h](a.md#what-it-does-and-not) [w](https://example.com/x)")).toEqual(
    [],
  );
  expect(problems('[s](a%20b.md) [t](<a.md> "title") `packages/x` `packages/*/src`')).toEqual([]);
});

test("a link to what is not there is named with its page", () => {
  expect(problems("see [b](b.md)")).toEqual(["docs/page.md links to b.md, and docs/b.md is not there"]);
  expect(problems("run `packages/y/z.ts`")).toEqual(["docs/page.md names packages/y/z.ts, which is not there"]);
});

test("a heading must be one of the page, and no comment of an example", () => {
  expect(problems("[a](a.md#nowhere)")).toEqual([
    "docs/page.md links to a.md#nowhere, and docs/a.md has no such heading",
  ]);
  expect(problems("[a](a.md#no-heading)")).toHaveLength(1);
});

test("what stands in an example is no link", () => {
  expect(problems("```md\n[b](b.md)\n```\n")).toEqual([]);
});
