import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { noteOption } from "../../../src/arguments/read-option.ts";

const folder = mkdtempSync(join(tmpdir(), "weaver-read-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NOTE = "weftos/exochain/v2/00\n1\nAA==\n";

function read(text: string): string | undefined {
  const checkpoint = join(folder, "kept");
  writeFileSync(checkpoint, text);
  return noteOption({ checkpoint }, "checkpoint");
}

it("takes a checkpoint as the note itself, or as chain checkpoint --json prints it", () => {
  expect(read(NOTE)).toBe(NOTE);
  expect(read(JSON.stringify({ size: 1, head: "00", note: NOTE }, null, 2))).toBe(NOTE);
  expect(noteOption({}, "checkpoint")).toBeUndefined();
});

it("refuses a document that holds none", () => {
  for (const text of ["{}", '{"note":1}', "{broken"]) {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: "API_USAGE" }));
  }
});
