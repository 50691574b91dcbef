import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { packageFolders, projects, SOURCE_CONDITION } from "./vitest.workspace.ts";

const conditions = `--conditions=${SOURCE_CONDITION}`;
// Child processes and `new Worker` started by a test inherit NODE_OPTIONS, so that they resolve sources too.
const nodeOptions = process.env.NODE_OPTIONS ?? "";
// Under CI a run measures coverage too and leaves a report, so that `verify --reuse-tests` need not run it again.
const ci = process.env.CI !== undefined;

export default defineConfig({
  test: {
    projects,
    pool: "forks",
    // Files share a process, and so the modules that each of them loads: a third less to do. A test leaves nothing global behind.
    isolate: false,
    execArgv: [conditions],
    env: {
      NODE_OPTIONS: nodeOptions.includes(conditions) ? nodeOptions : `${nodeOptions} ${conditions}`.trim(),
      // Threads and processes that tests start find their sources stripped of types: each thread that strips them itself loads WebAssembly,
      // and V8 now and then ends the whole process (`Check failed: jit_page.has_value()`) when such a thread is ended. It is twice as fast, too.
      NODE_COMPILE_CACHE: fileURLToPath(new URL("./node_modules/.cache/weftos-compile", import.meta.url)),
    },
    testTimeout: 10_000,
    hookTimeout: 20_000,
    passWithNoTests: true,
    reporters: ci ? ["default", ["json", { outputFile: "coverage/tests.json" }]] : ["default"],
    coverage: {
      enabled: ci,
      provider: "v8",
      // The last one is for `--project`, whose files are looked for from the folder of the package.
      include: [...packageFolders().map((folder) => `${folder}/src/**/*.ts`), "src/**/*.ts"],
      reporter: ["json-summary", "text-summary", "html"],
      reportsDirectory: "coverage",
    },
  },
});
