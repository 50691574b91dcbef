// Interoperation with Go's golang.org/x/mod/sumdb (Debian: golang-go, golang-golang-x-mod-dev). Where they are not installed
// the test is skipped with that reason, unless EXOCHAIN_REQUIRE_GO is set, as in the workflow that has installed them.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodePlatform } from "@weftos/platform";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { ConsistencyDocument, ExportReport } from "../../src/index.ts";
import { openChain } from "../../src/writer/open-chain.ts";
import { event } from "../support/chain-fixture.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const GOPATH = "/usr/share/gocode";
const EVENTS = 66_000;
const missing = missingTools();
const required = (process.env.EXOCHAIN_REQUIRE_GO ?? "") !== "";

function missingTools(): string | undefined {
  if (spawnSync("go", ["version"]).status !== 0) return "go is not installed (Debian: golang-go)";
  if (!existsSync(`${GOPATH}/src/golang.org/x/mod/sumdb/tlog`))
    return `golang.org/x/mod is not in ${GOPATH} (Debian: golang-golang-x-mod-dev)`;
  return undefined;
}

describe.runIf(missing !== undefined)("Go's sumdb/tlog and note", () => {
  it.skipIf(!required)(`are there: ${missing}`, () => {
    expect(missing).toBeUndefined();
  });
});

describe.skipIf(missing !== undefined)("Go's sumdb/tlog and note", () => {
  let folder = "";
  let program = "";
  let report: ExportReport;
  let request: Record<string, unknown> = {};

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "exochain-go-"));
    program = join(folder, "check");
    // Without modules there is no proxy to ask: the library is what Debian installed.
    const env = { ...process.env, GO111MODULE: "off", GOPATH, GOFLAGS: "", GOCACHE: join(folder, "cache") };
    const built = spawnSync("go", ["build", "-o", program, "main.go"], {
      cwd: join(import.meta.dirname, "go"),
      env,
      encoding: "utf8",
    });
    expect(built.stderr).toBe("");
    const chain = await openChain({ ...nodePlatform(), dir: join(folder, "state"), maxWaiting: 1_000_000 });
    for (let n = 1; n < EVENTS; n++) chain.append(event(n));
    await chain.checkpoint();
    report = await chain.export({ format: "tlog", output: join(folder, "log") });
    const inclusion: { index: number; path: readonly string[] }[] = [];
    for (const index of [0, 1, 255, 256, 65_535, 65_536, 65_999]) {
      inclusion.push({ index, path: (await chain.proof(index)).inclusion });
    }
    const consistency: ConsistencyDocument[] = [];
    for (const [from, to] of [
      [1, 2],
      [255, 256],
      [256, 66_000],
      [65_536, 65_537],
      [64_999, 66_000],
      [7, 7],
    ] as const) {
      consistency.push(await chain.consistency(from, to));
    }
    await chain.close();
    request = { log: report.output, key: report.vkey, inclusion, consistency };
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function check(changed: object = {}) {
    const { status, stdout, stderr } = spawnSync(program, {
      input: JSON.stringify({ ...request, ...changed }),
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  }

  it("accept the checkpoint, all tiles and entries, and our proofs", () => {
    expect(check()).toEqual({
      status: 0,
      stdout: `${EVENTS} entries, 7 inclusion and 6 consistency proofs\n`,
      stderr: "",
    });
  });

  it("refuse another key, another proof and a changed tile, so that accepting means something", () => {
    const other = report.vkey.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
    expect(check({ key: other })).toMatchObject({ status: 1, stderr: expect.stringMatching(/^(key|note): /) });
    const [first, second] = request.inclusion as [{ path: string[] }, { path: string[] }];
    expect(check({ inclusion: [{ ...first, path: second.path }] })).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^inclusion of 0: /),
    });
    const [some] = request.consistency as [{ toRoot: string }];
    expect(check({ consistency: [{ ...some, fromRoot: some.toRoot }] })).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^consistency of 1 and 2: /),
    });
    for (const [path, said] of [
      ["tile/0/200", /^tiles: /],
      ["tile/entries/003", /^an entry is not that of its leaf/],
      ["checkpoint", /^note: /],
    ] as const) {
      const file = join(report.output, path);
      const bytes = readFileSync(file);
      writeFileSync(
        file,
        bytes.map((byte, i) => (i === 60 ? byte ^ 1 : byte)),
      );
      expect(check({ inclusion: [], consistency: [] })).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(said),
      });
      writeFileSync(file, bytes);
    }
    expect(check().status).toBe(0);
  });
});
