import { build } from "esbuild";
import { expect, it } from "vitest";

it("the browser entry imports nothing of Node, and no sonic-boom", async () => {
  const result = await build({
    entryPoints: [new URL("../../src/browser.ts", import.meta.url).pathname],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    conditions: ["weftos-source"],
    metafile: true,
  });
  const inputs = Object.keys(result.metafile.inputs);
  expect(inputs.filter((input) => input.includes("node_modules/sonic-boom") || input.includes("src/node/"))).toEqual(
    [],
  );
  const [output] = result.outputFiles;
  expect(output?.text).not.toMatch(/from\s*"node:|require\(/);
});
