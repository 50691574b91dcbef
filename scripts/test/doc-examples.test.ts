import { expect, test } from "vitest";
import { examplesOf } from "../doc-examples.ts";

const page = (lines: string[]) => examplesOf("page.md", lines.join("\n"));

test("an example keeps the line of its page on which the code begins", () => {
  expect(page(["# Title", "", "```ts", "const a = 1;", "a;", "```"])).toEqual([
    { page: "page.md", line: 4, code: "const a = 1;\na;", run: true },
  ]);
});

test("no-run is type-checked only, no-check is left out, other languages are no examples", () => {
  const found = page([
    "```ts no-run",
    "a;",
    "```",
    "```ts no-check",
    "b;",
    "```",
    "```sh",
    "c",
    "```",
    "```",
    "d",
    "```",
  ]);
  expect(found.map(({ code, run }) => ({ code, run }))).toEqual([{ code: "a;", run: false }]);
});

test("a longer fence shows an example without being one", () => {
  expect(page(["````md", "```ts", "a;", "```", "````"])).toEqual([]);
});

test("a fence that opens within a block is part of the block", () => {
  expect(page(["```ts", "```ts", "a;", "```"])).toMatchObject([{ code: "```ts\na;" }]);
});

test("Windows line ends do not reach the code", () => {
  expect(examplesOf("page.md", "```ts\r\na;\r\nb;\r\n```\r\n")).toMatchObject([{ code: "a;\nb;" }]);
});
