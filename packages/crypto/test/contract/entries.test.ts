// The two entries: equal names, no Node behind the browser's, nothing heavy behind Node's.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { expect, test } from "vitest";
import * as node from "../../src/index.ts";
import * as browser from "../../src/index-browser.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

async function bundleForBrowser(): Promise<{ inputs: string[]; code: string }> {
  const result = await build({
    stdin: { contents: 'import * as all from "@weftos/crypto"; globalThis.weftosCrypto = all;', resolveDir: ROOT },
    bundle: true,
    platform: "browser",
    format: "esm",
    conditions: ["weftos-source"],
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  return { inputs: Object.keys(result.metafile.inputs), code: result.outputFiles[0]!.text };
}

test("both entries export the same names", () => {
  expect(Object.keys(browser).sort()).toEqual(Object.keys(node).sort());
  const types: typeof node = browser;
  expect(types).toBe(browser);
});

test("a bundler for browsers takes the browser entry and finds no Node module in it", async () => {
  const { inputs, code } = await bundleForBrowser();
  expect(inputs.some((path) => path.endsWith("src/index-browser.ts"))).toBe(true);
  expect(
    inputs.filter((path) => /node-|-node\.ts$|src\/index\.ts$|^node:/.test(path) && path.includes("crypto/src")),
  ).toEqual([]);
  expect(code).not.toMatch(/["']node:|\bBuffer\b|\bprocess\./);
});

test("the browser bundle works where there is no Buffer and no process", async () => {
  const { code } = await bundleForBrowser();
  const script = `
    delete globalThis.Buffer; delete globalThis.process;
    await import("data:text/javascript," + encodeURIComponent(${JSON.stringify(code)}));
    const { ed25519, encodeCanonical, mlDsa65, open, seal, shake256, toHex } = globalThis.weftosCrypto;
    const ml = await mlDsa65();
    const bytes = encodeCanonical({ a: 1 });
    const random = (length) => crypto.getRandomValues(new Uint8Array(length));
    const key = random(32);
    const opened = open(key, seal(key, bytes, bytes, random), bytes);
    const oks = [ed25519, ml].map((scheme) => {
      const signer = scheme.signer(key);
      return scheme.verifier(signer.publicKey).verify(opened, signer.sign(bytes));
    });
    console.log(JSON.stringify([toHex(shake256(bytes)), ed25519.provider, ml.provider, ...oks]));`;
  const child = run(process.execPath, ["--input-type=module", "-"]);
  child.child.stdin?.end(script);
  const { stdout } = await child;
  const digest = node.toHex(node.shake256(node.encodeCanonical({ a: 1 })));
  expect(JSON.parse(stdout)).toEqual([digest, "noble", "noble", true, true]);
}, 30_000);

test("importing the Node entry loads no module of @noble", async () => {
  const script = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
    await import("@weftos/crypto");
    console.log(JSON.stringify(loaded));`;
  const { stdout } = await run(
    process.execPath,
    ["--conditions=weftos-source", "--input-type=module", "--eval", script],
    { cwd: ROOT },
  );
  const loaded = JSON.parse(stdout) as string[];
  expect(loaded.some((url) => url.endsWith("crypto/src/index.ts"))).toBe(true);
  expect(loaded.filter((url) => url.includes("noble"))).toEqual([]);
}, 30_000);
