import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, describe, expect, it } from "vitest";
import { verify as nodeVerify } from "../../../src/verify.ts";
import { smallChain, sourceOf } from "../../support/chain-fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "exochain-browser-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the verifier for browsers", () => {
  it("imports nothing of Node, and finds what the one in Node finds", async () => {
    const bundle = await build({
      entryPoints: [join(import.meta.dirname, "../../../src/verify.ts")],
      bundle: true,
      write: false,
      metafile: true,
      format: "esm",
      platform: "browser",
      conditions: ["weftos-source", "browser"],
    });
    const imports = Object.values(bundle.metafile.inputs).flatMap(({ imports: used }) => used.map(({ path }) => path));
    expect(imports.filter(isBuiltin)).toEqual([]);
    const file = join(folder, "verify.mjs");
    writeFileSync(file, bundle.outputFiles[0]?.contents ?? "");
    const { verify } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { verify: typeof nodeVerify };
    const { files } = await smallChain();
    expect(await verify(sourceOf(files))).toEqual(await nodeVerify(sourceOf(files)));
    files.get("chain/000000000000.rvf")?.fill(7, 80, 81);
    const changed = await verify(sourceOf(files));
    expect(changed.valid).toBe(false);
    expect(changed).toEqual(await nodeVerify(sourceOf(files)));
  });
});
