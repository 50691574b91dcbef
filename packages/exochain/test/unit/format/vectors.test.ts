import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { toHex } from "@weftos/crypto";
import { describe, expect, it } from "vitest";
import { verify } from "../../../src/verify.ts";
import { type Snapshot, sourceOf } from "../../support/chain-fixture.ts";
import { applyEdits } from "../../vectors/edits.ts";
import { FOLDER, makeVectors, type Negative } from "../../vectors/make-vectors.ts";

function filesBelow(folder: string): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const path = join(folder, name);
    if (statSync(path).isFile())
      files.set(relative(folder, path).replaceAll("\\", "/"), new Uint8Array(readFileSync(path)));
  }
  return files;
}

const committed = filesBelow(FOLDER);

function chain(name: string): Snapshot {
  const files = [...committed].filter(([path]) => path.startsWith(`${name}/`) && !path.endsWith("expected.json"));
  return new Map(files.map(([path, bytes]) => [path.slice(name.length + 1), bytes]));
}

const negatives = JSON.parse(new TextDecoder().decode(committed.get("negative.json"))) as Negative[];

describe("the vectors of format 2", () => {
  it("are the bytes that this package writes", async () => {
    const made = await makeVectors();
    expect([...made.keys()].sort()).toEqual([...committed.keys()].sort());
    for (const [path, bytes] of made)
      expect([path, toHex(bytes)]).toEqual([path, toHex(committed.get(path) ?? new Uint8Array())]);
  });

  for (const name of ["golden", "rotated"]) {
    it(`verify as they say: ${name}`, async () => {
      const expected: unknown = JSON.parse(new TextDecoder().decode(committed.get(`${name}/expected.json`)));
      expect(await verify(sourceOf(chain(name)))).toMatchObject({
        ...(expected as object),
        assurance: "signed",
        faults: [],
      });
    });
  }

  for (const { name, chain: base, edits, fault } of negatives) {
    it(`are refused when ${name}`, async () => {
      const result = await verify(sourceOf(applyEdits(chain(base), edits)));
      expect(result.valid).toBe(false);
      expect(result.faults[0]).toMatchObject(fault);
    });
  }
});
