import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonValue } from "@weftos/interface";
import { nodePlatform } from "@weftos/platform";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { agent, guarding, kernel, rights } from "../guarding.ts";

let root: string;
let docs: string;
let outside: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "weft-tools-")));
  docs = join(root, "docs");
  outside = join(root, "outside");
  mkdirSync(docs);
  mkdirSync(outside);
  writeFileSync(join(docs, "a.md"), "hello ü\n");
  writeFileSync(join(outside, "secret"), "secret");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const reader = (): ReturnType<typeof guarding> =>
  guarding({ capabilities: rights({ files: { read: [docs], write: [docs] } }) });

describe("fs.read_file", () => {
  it("gives text as it is", async () => {
    const { api, asked, digests } = reader();
    const output = await api.call(agent, "fs.read_file", { path: join(docs, "a.md") });
    expect(output).toEqual({ encoding: "utf8", content: "hello ü\n", bytes: 9 });
    expect(asked[0]).toEqual({
      ...asked[0],
      action: "fs.read",
      subject: agent,
      resource: join(docs, "a.md"),
      attributes: { tool: "fs.read_file", path: join(docs, "a.md"), kind: "file", own: false, bytes: 9 },
    });
    expect(digests).toMatchObject([{ action: "fs.read", actor: 7, bytes: 9, outcome: "ok" }]);
  });

  it.each([
    ["nothing", new Uint8Array(0), { encoding: "utf8", content: "", bytes: 0 }],
    ["a byte order mark", new Uint8Array([0xef, 0xbb, 0xbf, 0x61]), { encoding: "utf8", content: "\ufeffa", bytes: 4 }],
    ["no UTF-8", new Uint8Array([0xff, 0x00]), { encoding: "base64", content: "/wA=", bytes: 2 }],
    ["a name with spaces and Unicode", new Uint8Array([0x61]), { encoding: "utf8", content: "a", bytes: 1 }],
  ])("gives a file of %s", async (name, data, expected) => {
    const path = join(docs, `${name} — ünï 漢字 .bin`);
    writeFileSync(path, data);
    expect(await reader().api.call(agent, "fs.read_file", { path })).toEqual(expected);
  });

  it("gives exactly maxBytes and refuses one byte more", async () => {
    const { api } = reader();
    writeFileSync(join(docs, "big"), new Uint8Array(100_000).fill(97));
    expect(await api.call(agent, "fs.read_file", { path: join(docs, "big"), maxBytes: 100_000 })).toMatchObject({
      bytes: 100_000,
    });
    await expect(api.call(agent, "fs.read_file", { path: join(docs, "big"), maxBytes: 99_999 })).rejects.toMatchObject({
      code: "TOOL_OUTPUT_TOO_LARGE",
      details: { limit: 99_999 },
    });
  });

  it.runIf(process.platform === "linux")("reads a file that has no size of its own", async () => {
    const { api } = guarding();
    const output = await api.call(kernel, "fs.read_file", { path: "/proc/version" });
    expect(output).toMatchObject({ encoding: "utf8" });
    expect((output as { bytes: number }).bytes).toBeGreaterThan(10);
  });

  it.skipIf(process.platform === "win32")("does not open what is no regular file: a device has no end", async () => {
    await expect(guarding().api.call(kernel, "fs.read_file", { path: "/dev/zero" })).rejects.toMatchObject({
      code: "TOOL_FAILED",
      details: { reason: "NOT_A_FILE" },
    });
  });

  it("says why a folder, nothing, or a loop of links cannot be read", async () => {
    const { api, digests } = reader();
    symlinkSync(join(docs, "loop"), join(docs, "loop"));
    const read = async (name: string): Promise<unknown> =>
      await api.call(agent, "fs.read_file", { path: join(docs, name) });
    await expect(read("")).rejects.toMatchObject({ code: "TOOL_FAILED", details: { reason: "EISDIR" } });
    await expect(read("absent")).rejects.toMatchObject({ code: "TOOL_FAILED", details: { reason: "ENOENT" } });
    await expect(read("loop")).rejects.toMatchObject({ code: "TOOL_FAILED" });
    expect(digests.map(({ outcome }) => outcome)).toEqual(["failed", "failed", "failed"]);
  });

  it.each([
    [150_000, 150_000],
    [65_536, 65_536],
    [65_535, 65_536],
  ])("reads %i bytes of a file that tells no size, chunk by chunk", async (bytes, maxBytes) => {
    const { files } = nodePlatform();
    const content = new Uint8Array(bytes).map((_, index) => 97 + (index % 26));
    const openRead: typeof files.openRead = async (opened) => ({
      size: 0,
      realPath: async () => opened,
      read: async (offset, length) => content.subarray(offset, offset + length),
      readNow: (offset, length) => content.subarray(offset, offset + length),
      close: async () => {},
    });
    const { api } = guarding({ files: { ...files, openRead } });
    const path = join(docs, "a.md");
    expect(await api.call(kernel, "fs.read_file", { path, maxBytes })).toEqual({
      encoding: "utf8",
      content: new TextDecoder().decode(content),
      bytes,
    });
    await expect(api.call(kernel, "fs.read_file", { path, maxBytes: bytes - 1 })).rejects.toMatchObject({
      code: "TOOL_OUTPUT_TOO_LARGE",
    });
  });

  it("passes on the system's word about an unreadable file", async () => {
    const { files } = nodePlatform();
    const denied = Object.assign(new Error("permission denied"), { code: "EACCES" });
    const { api } = guarding({ files: { ...files, openRead: () => Promise.reject(denied) } });
    await expect(api.call(kernel, "fs.read_file", { path: join(docs, "a.md") })).rejects.toMatchObject({
      code: "TOOL_FAILED",
      details: { tool: "fs.read_file", reason: "EACCES" },
      cause: denied,
    });
  });
});

describe("a swap during the opening", () => {
  it.runIf(process.platform === "linux")("is found, though the path leads to itself again by then", async () => {
    const { files } = nodePlatform();
    const inner = join(docs, "inner");
    const target = join(inner, "secret");
    mkdirSync(inner);
    writeFileSync(target, "harmless");
    const openRead: typeof files.openRead = async (path) => {
      renameSync(inner, join(docs, "moved"));
      symlinkSync(outside, inner);
      const opened = await files.openRead(path);
      rmSync(inner);
      renameSync(join(docs, "moved"), inner);
      return opened;
    };
    const { api } = guarding({
      files: { ...files, openRead },
      capabilities: rights({ files: { read: [docs] } }),
    });
    await expect(api.call(agent, "fs.read_file", { path: target })).rejects.toMatchObject({
      code: "TOOL_PATH_CHANGED",
    });
  });
});

describe("a grant", () => {
  it("is not left by a link", async () => {
    symlinkSync(outside, join(docs, "way-out"));
    symlinkSync(join(outside, "secret"), join(docs, "file"));
    const { api, events } = reader();
    for (const path of [join(docs, "way-out", "secret"), join(docs, "file"), join(docs, "way-out", "absent")]) {
      await expect(api.call(agent, "fs.read_file", { path })).rejects.toMatchObject({ code: "CAPABILITY_DENIED" });
    }
    expect(events[0]?.payload.resource).toBe(join(outside, "secret"));
  });

  it("is not left by ..", async () => {
    const { api } = reader();
    for (const path of [
      `${docs}/../outside/secret`,
      `${docs}/./../outside/secret`,
      `${docs}/../../..${outside}/secret`,
    ]) {
      await expect(api.call(agent, "fs.read_file", { path })).rejects.toMatchObject({ code: "CAPABILITY_DENIED" });
    }
  });

  it("is left by .. behind a link only in the text, since .. means the parent of the link's target", async () => {
    mkdirSync(join(outside, "deep"));
    symlinkSync(join(outside, "deep"), join(docs, "link"));
    const { api } = reader();
    await expect(api.call(agent, "fs.read_file", { path: `${docs}/link/../secret` })).rejects.toMatchObject({
      code: "CAPABILITY_DENIED",
      details: { resource: join(outside, "secret") },
    });
  });

  it("does not tell what exists outside of it", async () => {
    const { api } = reader();
    for (const name of ["secret", "absent", "secret/below"]) {
      await expect(api.call(agent, "fs.stat", { path: join(outside, name) })).rejects.toMatchObject({
        code: "CAPABILITY_DENIED",
      });
    }
  });

  it("holds when the file becomes a link after the decision", async () => {
    const path = join(docs, "a.md");
    const { api } = guarding({
      capabilities: rights({ files: { read: [docs] } }),
      decide: () => {
        rmSync(path);
        symlinkSync(join(outside, "secret"), path);
        return "permit";
      },
    });
    await expect(api.call(agent, "fs.read_file", { path })).rejects.toMatchObject({ code: "TOOL_FAILED" });
  });

  it.each(["fs.read_file", "fs.read_dir", "fs.stat", "fs.remove"])(
    "holds for %s when a folder of the path becomes a link after the decision",
    async (tool) => {
      mkdirSync(join(docs, "inner"));
      mkdirSync(join(docs, "inner", "secret"));
      if (tool !== "fs.read_dir") {
        rmSync(join(docs, "inner", "secret"), { recursive: true });
        writeFileSync(join(docs, "inner", "secret"), "mine");
      }
      if (tool === "fs.read_dir") {
        rmSync(join(outside, "secret"));
        mkdirSync(join(outside, "secret"));
      }
      const { api } = guarding({
        capabilities: rights({ files: { read: [docs], write: [docs] } }),
        decide: () => {
          renameSync(join(docs, "inner"), join(docs, "moved"));
          symlinkSync(outside, join(docs, "inner"));
          return "permit";
        },
      });
      await expect(api.call(agent, tool, { path: join(docs, "inner", "secret") })).rejects.toMatchObject({
        code: "TOOL_PATH_CHANGED",
      });
      expect(readdirSync(outside)).toEqual(["secret"]);
    },
  );
});

describe("a path", () => {
  it.each([
    ["relative", "docs/a.md"],
    ["empty", ""],
    ["with a NUL", "/tmp/a\0b"],
    ["longer than 4096 characters", `/${"a".repeat(4096)}`],
    ["of a Windows device", "\\\\.\\pipe\\x"],
    ["with .. below what does not exist", "/no/such/../place"],
  ])("that is %s is refused before anything is asked", async (_what, path) => {
    const { api, asked } = reader();
    await expect(api.call(agent, "fs.read_file", { path })).rejects.toMatchObject({ code: "TOOL_INPUT_INVALID" });
    expect(asked).toEqual([]);
  });

  it("in the state directory of the kernel is refused, whoever asks and by whatever way", async () => {
    const dir = join(docs, ".weftos");
    mkdirSync(join(dir, "keys"), { recursive: true });
    writeFileSync(join(dir, "keys", "seal"), "key");
    symlinkSync(dir, join(docs, "alias"));
    const { api } = guarding({ dir, capabilities: rights({ files: { read: [root], write: [root] } }) });
    for (const [tool, path] of [
      ["fs.read_file", join(dir, "keys", "seal")],
      ["fs.read_file", join(docs, "alias", "keys", "seal")],
      ["fs.read_dir", dir],
      ["fs.stat", join(dir, "absent")],
      ["fs.remove", dir],
      ["fs.remove", docs],
      ["fs.remove", root],
    ] as const) {
      const input: JsonValue = tool === "fs.remove" ? { path, recursive: true } : { path };
      await expect(api.call(kernel, tool, input)).rejects.toMatchObject({ code: "TOOL_PATH_PROTECTED" });
    }
    expect(await api.call(kernel, "fs.read_dir", { path: docs })).toMatchObject({
      entries: [{ name: ".weftos" }, { name: "a.md" }, { name: "alias", kind: "link" }],
    });
    expect(await api.call(agent, "fs.remove", { path: join(docs, "alias") })).toEqual({ removed: "link" });
    expect(readdirSync(dir)).toEqual(["keys"]);
  });
});

describe("fs.read_dir and fs.stat", () => {
  it("tell the entries of a folder with their kinds", async () => {
    mkdirSync(join(docs, "sub folder"));
    symlinkSync("nowhere", join(docs, "link"));
    expect(await reader().api.call(agent, "fs.read_dir", { path: docs })).toEqual({
      entries: [
        { name: "a.md", kind: "file" },
        { name: "link", kind: "link" },
        { name: "sub folder", kind: "folder" },
      ],
    });
  });

  it("refuse a folder of more than 100 000 entries", async () => {
    const { files } = nodePlatform();
    const entries = Array.from({ length: 100_001 }, (_, index) => ({ name: String(index), kind: "file" as const }));
    const { api } = guarding({ files: { ...files, list: async () => entries } });
    await expect(api.call(kernel, "fs.read_dir", { path: docs })).rejects.toMatchObject({
      code: "TOOL_OUTPUT_TOO_LARGE",
      details: { limit: 100_000 },
    });
  });

  it("tell a link about itself", async () => {
    symlinkSync(join(outside, "secret"), join(docs, "link"));
    const { api, asked } = reader();
    expect(await api.call(agent, "fs.stat", { path: join(docs, "link") })).toMatchObject({ kind: "link" });
    expect(await api.call(agent, "fs.stat", { path: `${docs}/` })).toMatchObject({ kind: "folder" });
    expect(await api.call(agent, "fs.stat", { path: join(docs, "a.md") })).toMatchObject({ kind: "file", bytes: 9 });
    expect(asked.map(({ attributes }) => attributes.path)).toEqual([join(docs, "link"), docs, join(docs, "a.md")]);
  });

  it("tell what does not exist, or is no folder, by the system's code", async () => {
    const { api } = reader();
    await expect(api.call(agent, "fs.stat", { path: join(docs, "absent") })).rejects.toMatchObject({
      details: { reason: "ENOENT" },
    });
    await expect(api.call(agent, "fs.read_dir", { path: join(docs, "a.md") })).rejects.toMatchObject({
      code: "TOOL_FAILED",
      details: { reason: "ENOTDIR" },
    });
  });
});

describe("fs.remove", () => {
  it("removes a file, with its intent recorded first", async () => {
    const { api, events, asked } = reader();
    expect(await api.call(agent, "fs.remove", { path: join(docs, "a.md") })).toEqual({ removed: "file" });
    expect(readdirSync(docs)).toEqual([]);
    expect(events.map(({ kind }) => kind)).toEqual(["action.intent", "fs.remove"]);
    expect(events[0]?.actor).toEqual({ pid: 7, agent: "reader" });
    expect(events[1]?.payload).toMatchObject({ outcome: "ok", result: { removed: "file" } });
    expect(asked[0]?.attributes).toMatchObject({ kind: "file", own: false, recursive: false, tool: "fs.remove" });
  });

  it("removes a folder with all it holds only when told so", async () => {
    mkdirSync(join(docs, "sub", "sub"), { recursive: true });
    writeFileSync(join(docs, "sub", "sub", "x"), "");
    symlinkSync(outside, join(docs, "sub", "away"));
    const { api, asked, events } = reader();
    await expect(api.call(agent, "fs.remove", { path: join(docs, "sub") })).rejects.toMatchObject({
      code: "TOOL_FAILED",
      details: { reason: "EISDIR" },
    });
    expect(await api.call(agent, "fs.remove", { path: join(docs, "sub"), recursive: true })).toEqual({
      removed: "folder",
      entries: 4,
    });
    expect(events.at(-1)?.payload?.result).toEqual({ removed: "folder", entries: 4 });
    expect(readdirSync(docs)).toEqual(["a.md"]);
    expect(asked[1]?.attributes).toMatchObject({ kind: "folder", own: false, recursive: true });
  });

  it("removes a link and leaves its target", async () => {
    symlinkSync(outside, join(docs, "link"));
    const { api } = reader();
    expect(await api.call(agent, "fs.remove", { path: join(docs, "link"), recursive: true })).toEqual({
      removed: "link",
    });
    expect(readdirSync(outside)).toEqual(["secret"]);
  });

  it("leaves what a rule denies", async () => {
    const { api } = guarding({
      capabilities: rights({ files: { write: [docs] } }),
      decide: ({ attributes }) => (attributes.kind === "folder" && attributes.own === false ? "deny" : "permit"),
    });
    await expect(api.call(agent, "fs.remove", { path: docs, recursive: true })).rejects.toMatchObject({
      code: "GOVERNANCE_DENIED",
    });
    expect(readdirSync(docs)).toEqual(["a.md"]);
  });

  it("knows the agent's own grant, through links too, and only by whole names", async () => {
    symlinkSync(docs, join(root, "mine"));
    mkdirSync(join(root, "docs-too"));
    writeFileSync(join(root, "docs-too", "b"), "");
    const { api, asked } = guarding({
      capabilities: rights({ files: { write: [root], own: [join(root, "mine")] } }),
    });
    await api.call(agent, "fs.remove", { path: join(docs, "a.md") });
    await api.call(agent, "fs.remove", { path: join(root, "docs-too", "b") });
    expect(asked.map(({ attributes }) => attributes.own)).toEqual([true, false]);
  });

  it("leaves what became another kind of thing after the decision", async () => {
    const path = join(docs, "a.md");
    const { api } = guarding({
      capabilities: rights({ files: { write: [docs] } }),
      decide: () => {
        rmSync(path);
        mkdirSync(path);
        return "permit";
      },
    });
    await expect(api.call(agent, "fs.remove", { path, recursive: true })).rejects.toMatchObject({
      code: "TOOL_PATH_CHANGED",
    });
    expect(readdirSync(docs)).toEqual(["a.md"]);
  });

  it("says that nothing was there", async () => {
    await expect(reader().api.call(agent, "fs.remove", { path: join(docs, "absent") })).rejects.toMatchObject({
      code: "TOOL_FAILED",
      details: { reason: "ENOENT" },
    });
  });
});
