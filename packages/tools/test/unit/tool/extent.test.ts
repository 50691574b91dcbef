import { memoryPlatform } from "@weftos/testkit";
import { expect, it } from "vitest";
import { countEntries } from "../../../src/fs/count-entries.ts";
import { effectBeyond } from "../../../src/tool/extent.ts";

const covered = { dimension: "risk", declared: 0.7, most: 1000 };

it.each([
  [0, {}],
  [1000, {}],
  [1001, {}],
  [1500, { effect: { risk: "0.718" } }],
  [10_000, { effect: { risk: "0.800" } }],
  [1e9, { effect: { risk: "1.000" } }],
])("adds a tenth to an effect for each tenfold beyond what is covered: %d", (extent, record) => {
  expect(effectBeyond(covered, extent)).toEqual(record);
});

it("counts what a folder holds at all depths, and one for a folder that cannot be listed", async () => {
  const { files } = memoryPlatform();
  await files.makeFolder("/a/b/c");
  await files.createExclusive("/a/b/x", new Uint8Array(1));
  const { signal } = new AbortController();
  expect(await countEntries(files, "/a", signal)).toBe(4);
  expect(await countEntries(files, "/none", signal)).toBe(1);
  const endless = { list: async () => [{ name: "more", kind: "folder" as const }] };
  expect(await countEntries(endless, "/", signal)).toBe(100_000);
  await expect(countEntries(files, "/a", AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
});
