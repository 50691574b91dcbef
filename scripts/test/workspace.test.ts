import { expect, test } from "vitest";
import { exportTargets, publishedPackages, readTiers, workspacePackages } from "../workspace.ts";

test("every path of an export is listed with the conditions that lead to it", () => {
  const targets = exportTargets({ browser: { types: "./b.d.ts", default: "./b.js" }, default: "./a.js" });
  expect(targets).toEqual([
    { conditions: ["browser", "types"], path: "./b.d.ts" },
    { conditions: ["browser", "default"], path: "./b.js" },
    { conditions: ["default"], path: "./a.js" },
  ]);
});

test("every folder below packages has a tier, and every tier a folder", () => {
  const folders = workspacePackages().map(({ folder }) => folder);
  const packages = folders.filter((folder) => folder.startsWith("packages/")).map((folder) => folder.slice(9));
  expect(Object.keys(readTiers()).sort()).toEqual(packages.sort());
});

test("the facade and the command line are published", () => {
  const names = publishedPackages().map(({ manifest }) => manifest.name);
  expect(names).toEqual(expect.arrayContaining(["weftos", "@weftos/weaver", "@weftos/testkit"]));
});
