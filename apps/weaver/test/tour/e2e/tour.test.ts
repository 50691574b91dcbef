import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "@weftos/schema";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TourFailedError } from "../../../src/tour/tour-error.ts";
import { runWeaver } from "./run-weaver.ts";
import { type TourDocument, tourDocumentSchema } from "./tour-document.ts";

const LONG_MS = 120_000;
let place: string;
let temporary: string;

beforeAll(async () => {
  place = await realpath(await mkdtemp(join(tmpdir(), "weftos-tour-test-")));
  temporary = join(place, "temporary");
  await mkdir(temporary);
});

afterAll(async () => {
  await rm(place, { recursive: true, force: true });
});

/** Makes a folder of files. */
async function folderOf(name: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = join(place, name);
  await mkdir(folder);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(folder, path, ".."), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

/** Runs a tour in JSON with its state beside the folders, and checks what every tour promises. */
async function tour(name: string, cwd = place): Promise<TourDocument> {
  const dir = join(place, `state of ${name.replaceAll("/", "-")}`);
  const { code, stdout, stderr } = await runWeaver(["tour", name, "--json", "--dir", dir], cwd, temporary);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  const document = parse(tourDocumentSchema, JSON.parse(stdout), {
    what: "the tour's document",
    error: ({ message }) => new TourFailedError(message, { details: { step: "test" } }),
  });
  expect(document.chain.valid).toBe(true);
  expect(document.refused).toEqual([
    { action: "ipc.send", by: "capability", rule: null },
    { action: "fs.remove", by: "rule", rule: "GOV-001" },
  ]);
  expect(document.approvals).toMatchObject([{ action: "net.post", rule: "GOV-002", state: "pending" }]);
  expect(document.tamper.flip.found).toBe(true);
  expect(document.tamper.flip.sequence).toBeGreaterThan(0);
  expect(document.tamper.cut.found).toBe(true);
  expect(document.decisions.deny).toBe(2);
  expect(document.decisions.defer).toBe(1);
  expect(document.environment).toBe("development");
  expect(document.agents.map(({ name: agent }) => agent).sort()).toEqual([
    "assistant",
    "coordinator",
    "indexer",
    "reader",
    "reader",
    "scanner",
  ]);
  return document;
}

/** Names, sizes, times and contents of all that lies in a folder, as one digest. */
async function fingerprint(folder: string): Promise<string> {
  const hash = createHash("sha256");
  for (const entry of (await readdir(folder, { recursive: true, withFileTypes: true })).sort((left, right) =>
    join(left.parentPath, left.name) < join(right.parentPath, right.name) ? -1 : 1,
  )) {
    const path = join(entry.parentPath, entry.name);
    hash.update(path);
    if (!entry.isFile()) continue;
    const { mtimeMs, size } = await stat(path);
    hash.update(`${mtimeMs} ${size}`).update(await readFile(path));
  }
  const { mtimeMs } = await stat(folder);
  return hash.update(String(mtimeMs)).digest("hex");
}

const restartsOf = ({ agents }: TourDocument): readonly number[] =>
  agents.flatMap(({ name, restarts }) => (name === "reader" ? [restarts] : [])).sort();

describe("weaver tour --json", { timeout: LONG_MS }, () => {
  it("counts names with spaces and Unicode, hidden folders and odd separators, and follows no link", async () => {
    const folder = await folderOf("my notes ünï", {
      "a b/odd words.md": Buffer.concat([Buffer.from("a\u00a0b c\u3000d "), Buffer.from([0xff, 0xfe])]),
      "ünï/日本.md": "É é é\n",
      ".git/z.md": "git md",
      "folder.md/y.md": "in a folder",
      ".hidden.md": "",
      "UPPER.MD": "not one of them",
      "notes.txt": "not one of them",
    });
    await symlink("..", join(folder, "loop"));
    await symlink("/nonexistent", join(folder, "dangling.md"));
    await symlink("ünï/日本.md", join(folder, "link.md"));
    const before = await fingerprint(folder);
    const document = await tour("my notes ünï");
    expect(document).toMatchObject({ files: 5, words: 12, unreadable: [] });
    expect(document.bytes).toBe(13 + 9 + 6 + 11);
    expect(document.topTerms[0]).toEqual({ term: "é", count: 3 });
    expect(document.search).toEqual({ term: "é", count: 3, files: 1, hits: [{ path: "ünï/日本.md", count: 3 }] });
    expect(restartsOf(document)).toEqual([0, 1]);
    expect(await fingerprint(folder)).toBe(before);
  });

  it("holds for a folder without Markdown", async () => {
    await folderOf("empty", { "readme.txt": "nothing for us" });
    expect(await tour("empty")).toMatchObject({ files: 0, bytes: 0, words: 0, topTerms: [], search: null });
  });

  it("restarts the reader of the only file and counts it once", async () => {
    await folderOf("one", { "x.md": "hello hello world" });
    const document = await tour("one");
    expect(document).toMatchObject({ files: 1, bytes: 17, words: 3 });
    expect(document.search).toMatchObject({ term: "hello", count: 2 });
    expect(restartsOf(document)).toEqual([0, 1]);
  });

  it("lists a file that is longer than a tool reads, and counts the others", async () => {
    await folderOf("long", { "long.md": Buffer.alloc(16 * 1024 * 1024 + 1, "a "), "short.md": "two words" });
    expect(await tour("long")).toMatchObject({
      files: 1,
      words: 2,
      unreadable: [{ path: "long.md", code: "TOOL_OUTPUT_TOO_LARGE" }],
    });
  });

  it.skipIf(process.getuid?.() === 0)("lists files and folders that are closed to it", async () => {
    const folder = await folderOf("closed", { "no.md": "secret", "yes.md": "fine", "sub/hidden.md": "hidden" });
    const { chmod } = await import("node:fs/promises");
    await chmod(join(folder, "no.md"), 0);
    await chmod(join(folder, "sub"), 0);
    const document = await tour("closed");
    await chmod(join(folder, "sub"), 0o700);
    expect(document).toMatchObject({ files: 1 });
    expect(document.unreadable).toEqual([
      { path: "no.md", code: "EACCES" },
      { path: "sub", code: "EACCES" },
    ]);
  });

  it("counts 5 000 files, each once", async () => {
    const files: Record<string, string> = {};
    for (let number = 0; number < 5000; number += 1) files[`d${number % 50}/n${number}.md`] = `w${number} common\n`;
    await folderOf("many", files);
    const document = await tour("many");
    expect(document).toMatchObject({ files: 5000, words: 10_000, unreadable: [] });
    expect(document.topTerms[0]).toEqual({ term: "common", count: 5000 });
    expect(document.search?.files).toBe(5000);
  });

  it("may be run twice on one state directory, and leaves one chain there", async () => {
    await folderOf("twice", { "x.md": "again" });
    const first = await tour("twice");
    const second = await tour("twice");
    expect(second.chain.events).toBeGreaterThan(first.chain.events);
    const dir = join(place, "state of twice");
    const verified = await runWeaver(
      ["chain", "verify", "--head", first.chain.head, "--dir", dir, "--json"],
      place,
      temporary,
    );
    expect(JSON.parse(verified.stdout)).toMatchObject({ valid: true });
  });

  it("leaves an approval that can be given later, once", async () => {
    await folderOf("later", { "x.md": "to be sent" });
    const { approvals } = await tour("later");
    const words = ["approvals", "approve", approvals[0]?.id ?? "", "--dir", join(place, "state of later"), "--json"];
    const first = await runWeaver(words, place, temporary);
    expect(first.code).toBe(0);
    expect((await runWeaver(words, place, temporary)).code).toBe(1);
  });
});

describe("weaver tour", { timeout: LONG_MS }, () => {
  it("begins with its promise, tells six steps, and counts our documents", async () => {
    const dir = join(place, "state of ours");
    const { code, stdout, stderr } = await runWeaver(["tour", "--dir", dir], place, temporary);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const lines = stdout.split("\n");
    expect(lines[0]).toBe("a tour of about 30 s; no key, no network, nothing leaves this folder");
    expect(lines.filter((line) => /^[1-6] {2}\S/.test(line)).map((line) => line[0])).toEqual([..."123456"]);
    expect(stdout).toContain("60 of 60 files");
    expect(stdout).toContain("by rule GOV-001");
    expect(stdout).toContain("npx -y pnpm@12 weaver approvals approve ");
    expect(stdout).not.toContain("\u001b");
  });

  it.each([
    [["tour", "nowhere"], "nowhere cannot be read: ENOENT"],
    [["tour", "file.md"], "is not a folder"],
    [["tour", ".", "--dir", "inside"], "never writes to the folder it reads"],
  ])("refuses %j as a usage error, without a trace of code", async (words, message) => {
    const cwd = join(place, `usage ${message.slice(0, 8)}`);
    await mkdir(cwd);
    await writeFile(join(cwd, "file.md"), "");
    const { code, stdout, stderr } = await runWeaver(words, cwd, temporary);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/ {4}at /);
    expect(stdout).toBe("");
    expect(await readdir(cwd)).toEqual(["file.md"]);
  });
});
