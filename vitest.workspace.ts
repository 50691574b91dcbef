// The project list: one project for each folder with a package.json, named after the folder.
// vitest.config.ts uses it as `test.projects`, scripts/check-coverage.ts to know what must be covered.
// Packages resolve each other's source through the export condition `weftos-source`, in vite, in Node's own
// resolver (dependencies that vitest leaves to Node) and in the workers and child processes that tests start.
import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { TestProjectInlineConfiguration } from "vitest/config";

const ROOT = import.meta.dirname;
export const SOURCE_CONDITION = "weftos-source";

/** Lists the package folders below `packages/` and `apps/`, relative to the root, sorted. */
export function packageFolders(): string[] {
  return ["packages", "apps"].flatMap((group) =>
    readdirSync(join(ROOT, group))
      .sort()
      .map((name) => `${group}/${name}`)
      .filter((folder) => existsSync(join(ROOT, folder, "package.json"))),
  );
}

function project(folder: string, include: string[]): TestProjectInlineConfiguration {
  return {
    extends: true,
    resolve: { conditions: [SOURCE_CONDITION, "node"] },
    ssr: {
      resolve: { conditions: [SOURCE_CONDITION, "node"], externalConditions: [SOURCE_CONDITION, "node"] },
    },
    test: { name: basename(folder), root: join(ROOT, folder), include },
  };
}

export const projects: TestProjectInlineConfiguration[] = [
  ...packageFolders().map((folder) => project(folder, ["test/**/*.test.ts"])),
  ...(existsSync(join(ROOT, "scripts/test")) ? [project("scripts", ["test/**/*.test.ts"])] : []),
];

export default projects;
