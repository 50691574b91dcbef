/** What every `Files` keeps to: on disk, in memory, or a wrapper around one of them. */
import type { Files } from "@weftos/interface";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** A file system under test. */
export interface FilesCase {
  readonly files: Files;
  /** An empty folder that exists, absolute and without links. */
  readonly root: string;
  /** Makes a symbolic link at `path`; undefined where there are none. */
  readonly link: ((target: string, path: string) => Promise<void>) | undefined;
  /** Whether the system keeps permission bits. */
  readonly modes: boolean;
  dispose(): Promise<void>;
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Declares the suite for one implementation of `Files`. */
export function filesContract(name: string, implementation: { create(): Promise<FilesCase> }): void {
  describe(`${name} keeps the contract of Files`, () => {
    let subject: FilesCase;
    let files: Files;
    const at = (path: string): string => `${subject.root}/${path}`;
    const text = async (path: string): Promise<string> => decode(await files.read(at(path)));
    const names = async (path: string): Promise<string[]> => (await files.list(path)).map((entry) => entry.name);

    beforeEach(async () => {
      subject = await implementation.create();
      files = subject.files;
    });
    afterEach(() => subject.dispose());

    describe("whole files", () => {
      it("reads what was written", async () => {
        const bytes = new Uint8Array(100_000).map((_, index) => index * 7);
        await files.writeAtomic(at("a"), bytes);
        expect(await files.read(at("a"))).toEqual(bytes);
      });

      it("replaces a file as a whole and leaves no other name behind", async () => {
        await files.writeAtomic(at("a"), encode("a long first text"));
        await files.writeAtomic(at("a"), encode("short"));
        expect(await text("a")).toBe("short");
        expect(await names(subject.root)).toEqual(["a"]);
      });

      it("holds bytes of its own, whatever becomes of those it was given", async () => {
        const bytes = encode("given");
        await files.writeAtomic(at("a"), bytes);
        bytes.fill(0);
        (await files.read(at("a"))).fill(0);
        expect(await text("a")).toBe("given");
      });

      it("writes and reads an empty file", async () => {
        await files.writeAtomic(at("a"), new Uint8Array());
        expect(await files.read(at("a"))).toHaveLength(0);
      });

      it("refuses to read more than `maxBytes`, and reads exactly that many", async () => {
        await files.writeAtomic(at("a"), new Uint8Array(10));
        expect(await files.read(at("a"), { maxBytes: 10 })).toHaveLength(10);
        await expect(files.read(at("a"), { maxBytes: 9 })).rejects.toMatchObject({ code: "EFBIG" });
      });

      it("creates a file only where there is none", async () => {
        await files.createExclusive(at("a"), encode("first"));
        await expect(files.createExclusive(at("a"), encode("second"))).rejects.toMatchObject({ code: "EEXIST" });
        expect(await text("a")).toBe("first");
      });

      it("lets one of several that create a file at once succeed", async () => {
        const tries = Array.from({ length: 8 }, (_, index) => files.createExclusive(at("a"), encode(String(index))));
        const results = await Promise.allSettled(tries);
        expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
      });

      it("says ENOENT for a file, or a folder on its way, that does not exist", async () => {
        await expect(files.read(at("none"))).rejects.toMatchObject({ code: "ENOENT" });
        await expect(files.openRead(at("none"))).rejects.toMatchObject({ code: "ENOENT" });
        await expect(files.writeAtomic(at("none/a"), encode("x"))).rejects.toMatchObject({ code: "ENOENT" });
        await expect(files.createExclusive(at("none/a"), encode("x"))).rejects.toMatchObject({ code: "ENOENT" });
        await expect(files.openAppend(at("none/a"))).rejects.toMatchObject({ code: "ENOENT" });
        await expect(files.list(at("none"))).rejects.toMatchObject({ code: "ENOENT" });
        await expect(files.realPath(at("none"))).rejects.toMatchObject({ code: "ENOENT" });
        await expect(files.remove(at("none"))).rejects.toMatchObject({ code: "ENOENT" });
        await expect(files.remove(at("none"), { recursive: true })).rejects.toMatchObject({ code: "ENOENT" });
        await expect(files.rename(at("none"), at("b"))).rejects.toMatchObject({ code: "ENOENT" });
      });

      it("says EISDIR for a folder where a file is asked for, and ENOTDIR the other way round", async () => {
        await files.makeFolder(at("folder"));
        await files.writeAtomic(at("file"), encode("x"));
        await expect(files.read(at("folder"))).rejects.toMatchObject({ code: "EISDIR" });
        await expect(files.writeAtomic(at("folder"), encode("x"))).rejects.toMatchObject({ code: "EISDIR" });
        await expect(files.openAppend(at("folder"))).rejects.toMatchObject({ code: "EISDIR" });
        await expect(files.list(at("file"))).rejects.toMatchObject({ code: "ENOTDIR" });
        await expect(files.read(at("file/below"))).rejects.toMatchObject({ code: "ENOTDIR" });
        expect(await names(subject.root)).toEqual(["file", "folder"]);
      });

      it("refuses a relative path", async () => {
        await expect(files.writeAtomic("relative", encode("x"))).rejects.toMatchObject({ code: "EINVAL" });
        await expect(files.read("relative")).rejects.toMatchObject({ code: "EINVAL" });
        await expect(files.makeFolder("relative")).rejects.toMatchObject({ code: "EINVAL" });
      });
    });

    describe("modes", () => {
      const modeOf = async (path: string): Promise<number | undefined> => (await files.stat(at(path)))?.mode;

      it("keeps new files and folders to their owner unless told otherwise", async ({ skip }) => {
        skip(!subject.modes, "the system keeps no permission bits");
        await files.writeAtomic(at("whole"), encode("x"));
        await files.createExclusive(at("new"), encode("x"));
        await (await files.openAppend(at("log"))).close();
        await files.makeFolder(at("folder"));
        expect([await modeOf("whole"), await modeOf("new"), await modeOf("log")]).toEqual([0o600, 0o600, 0o600]);
        expect(await modeOf("folder")).toBe(0o700);
      });

      it("gives the mode it is told, and keeps that of a file it replaces", async ({ skip }) => {
        skip(!subject.modes, "the system keeps no permission bits");
        await files.createExclusive(at("a"), encode("x"), { mode: 0o400 });
        expect(await modeOf("a")).toBe(0o400);
        await files.writeAtomic(at("a"), encode("y"));
        expect(await modeOf("a")).toBe(0o400);
        await files.writeAtomic(at("a"), encode("z"), { mode: 0o600 });
        expect(await modeOf("a")).toBe(0o600);
        await files.makeFolder(at("folder"), { mode: 0o500 });
        expect(await modeOf("folder")).toBe(0o500);
      });
    });

    describe("appending", () => {
      it("appends in the order of the calls, waited for or not", async () => {
        const file = await files.openAppend(at("log"));
        await Promise.all(["one ", "two ", "three"].map((part) => file.write(encode(part))));
        await file.sync();
        expect(file.size).toBe(13);
        await file.close();
        expect(await text("log")).toBe("one two three");
      });

      it("goes on at the end of a file that exists", async () => {
        await files.writeAtomic(at("log"), encode("old "));
        const file = await files.openAppend(at("log"));
        expect(file.size).toBe(4);
        await file.write(encode("new"));
        await file.close();
        expect(await text("log")).toBe("old new");
      });

      it("overwrites within the file and cuts it", async () => {
        const file = await files.openAppend(at("log"));
        await file.write(encode("abcdef"));
        await file.writeAt(1, encode("XY"));
        await file.truncate(4);
        expect(file.size).toBe(4);
        await file.write(encode("!"));
        await file.sync();
        await file.close();
        expect(await text("log")).toBe("aXYd!");
      });

      it("refuses to overwrite or cut beyond its end", async () => {
        const file = await files.openAppend(at("log"));
        await file.write(encode("abc"));
        await expect(file.writeAt(2, encode("XY"))).rejects.toMatchObject({ code: "EINVAL" });
        await expect(file.truncate(4)).rejects.toMatchObject({ code: "EINVAL" });
        await file.close();
        expect(await text("log")).toBe("abc");
      });

      it("refuses a write after closing", async () => {
        const file = await files.openAppend(at("log"));
        await file.close();
        await expect(file.write(encode("x"))).rejects.toMatchObject({ code: "EBADF" });
      });

      it("goes on writing to a file that was renamed", async () => {
        const file = await files.openAppend(at("log"));
        await files.rename(at("log"), at("moved"));
        await file.write(encode("x"));
        await file.close();
        expect(await text("moved")).toBe("x");
      });
    });

    describe("reading at offsets", () => {
      it("reads from an offset, and fewer bytes only at the end", async () => {
        await files.writeAtomic(at("a"), encode("0123456789"));
        const file = await files.openRead(at("a"));
        expect(file.size).toBe(10);
        expect(decode(await file.read(2, 3))).toBe("234");
        expect(decode(await file.read(8, 5))).toBe("89");
        expect(await file.read(10, 1)).toHaveLength(0);
        expect(decode(file.readNow(2, 3))).toBe("234");
        expect(decode(file.readNow(8, 5))).toBe("89");
        expect(file.readNow(10, 1)).toHaveLength(0);
        await file.close();
      });

      it("goes on reading a file that was replaced", async () => {
        await files.writeAtomic(at("a"), encode("before"));
        const file = await files.openRead(at("a"));
        await files.writeAtomic(at("a"), encode("after"));
        expect(decode(await file.read(0, 6))).toBe("before");
        await file.close();
      });

      it("tells where an open file lies", async () => {
        await files.makeFolder(at("a"));
        await files.writeAtomic(at("a/b"), encode("x"));
        const file = await files.openRead(at("a/../a/b"));
        expect(await file.realPath()).toBe(await files.realPath(at("a/b")));
        await file.close();
      });

      it("refuses a read after closing", async () => {
        await files.writeAtomic(at("a"), encode("x"));
        const file = await files.openRead(at("a"));
        await file.close();
        await expect(file.read(0, 1)).rejects.toMatchObject({ code: "EBADF" });
        expect(() => file.readNow(0, 1)).toThrow(expect.objectContaining({ code: "EBADF" }));
      });
    });

    describe("folders", () => {
      it("makes a folder with its parents, and does not mind one that exists", async () => {
        await files.makeFolder(at("a/b/c"));
        await files.makeFolder(at("a/b/c"));
        expect(await files.stat(at("a/b/c"))).toMatchObject({ kind: "folder" });
      });

      it("makes no folder where a file is", async () => {
        await files.writeAtomic(at("a"), encode("x"));
        await expect(files.makeFolder(at("a"))).rejects.toMatchObject({ code: "EEXIST" });
        await expect(files.makeFolder(at("a/b"))).rejects.toMatchObject({ code: "ENOTDIR" });
      });

      it("lists names in the order of their code units, with kinds", async () => {
        await files.makeFolder(at("b"));
        for (const name of ["a", "Z", "é", "10", "9"]) await files.writeAtomic(at(name), encode("x"));
        expect(await files.list(subject.root)).toEqual(
          ["10", "9", "Z", "a", "b", "é"].map((name) => ({ name, kind: name === "b" ? "folder" : "file" })),
        );
      });

      it("tells about a file, and about nothing where nothing is", async () => {
        await files.writeAtomic(at("a"), encode("12345"));
        const stat = await files.stat(at("a"));
        expect(stat).toMatchObject({ kind: "file", size: 5 });
        expect(Number.isSafeInteger(stat?.modifiedMs)).toBe(true);
        expect(await files.stat(at("none"))).toBeUndefined();
        expect(await files.stat(at("none/below"))).toBeUndefined();
      });

      it("removes a file, and a folder only when told to take all it holds", async () => {
        await files.makeFolder(at("folder/inner"));
        await files.writeAtomic(at("folder/a"), encode("x"));
        await files.remove(at("folder/a"));
        await expect(files.remove(at("folder"))).rejects.toMatchObject({ code: "EISDIR" });
        await files.remove(at("folder"), { recursive: true });
        expect(await names(subject.root)).toEqual([]);
      });
    });

    describe("renaming", () => {
      it("moves a file over another one, between folders", async () => {
        await files.makeFolder(at("folder"));
        await files.writeAtomic(at("a"), encode("moved"));
        await files.writeAtomic(at("folder/b"), encode("replaced"));
        await files.rename(at("a"), at("folder/b"));
        expect(await text("folder/b")).toBe("moved");
        expect(await files.stat(at("a"))).toBeUndefined();
      });

      it("moves a folder with what it holds", async () => {
        await files.makeFolder(at("a"));
        await files.writeAtomic(at("a/file"), encode("x"));
        await files.rename(at("a"), at("b"));
        expect(await text("b/file")).toBe("x");
      });

      it("moves no folder into itself, over a file, or over a folder that holds something", async () => {
        await files.makeFolder(at("a/b"));
        await files.makeFolder(at("full/inner"));
        await files.writeAtomic(at("file"), encode("x"));
        await expect(files.rename(at("a"), at("a/b/c"))).rejects.toMatchObject({ code: "EINVAL" });
        await expect(files.rename(at("a"), at("file"))).rejects.toMatchObject({ code: "ENOTDIR" });
        await expect(files.rename(at("a"), at("full"))).rejects.toMatchObject({ code: "ENOTEMPTY" });
        await expect(files.rename(at("file"), at("a"))).rejects.toMatchObject({ code: "EISDIR" });
        expect(await names(subject.root)).toEqual(["a", "file", "full"]);
      });
    });

    describe("links", () => {
      const linked = async (target: string, path: string): Promise<void> => subject.link?.(target, at(path));

      it("follows a link when reading, and tells of the link itself in `stat` and `list`", async ({ skip }) => {
        skip(subject.link === undefined, "the system has no symbolic links");
        await files.writeAtomic(at("a"), encode("x"));
        await linked(at("a"), "link");
        expect(await text("link")).toBe("x");
        expect(await files.stat(at("link"))).toMatchObject({ kind: "link" });
        expect(await files.list(subject.root)).toContainEqual({ name: "link", kind: "link" });
      });

      it("resolves links and `..` in a real path", async ({ skip }) => {
        skip(subject.link === undefined, "the system has no symbolic links");
        await files.makeFolder(at("a/b"));
        await files.writeAtomic(at("a/file"), encode("x"));
        await linked("a/b", "link");
        expect(await files.realPath(at("link"))).toBe(at("a/b"));
        expect(await files.realPath(at("link/../file"))).toBe(at("a/file"));
      });

      it("removes and replaces the link, not what it points to", async ({ skip }) => {
        skip(subject.link === undefined, "the system has no symbolic links");
        await files.makeFolder(at("folder"));
        await files.writeAtomic(at("folder/a"), encode("kept"));
        await linked(at("folder"), "one");
        await linked(at("folder/a"), "two");
        await files.remove(at("one"), { recursive: true });
        await files.writeAtomic(at("two"), encode("new"));
        expect(await text("folder/a")).toBe("kept");
        expect(await files.stat(at("two"))).toMatchObject({ kind: "file" });
      });

      it("creates nothing through a link that points nowhere", async ({ skip }) => {
        skip(subject.link === undefined, "the system has no symbolic links");
        await linked(at("none"), "link");
        await expect(files.createExclusive(at("link"), encode("x"))).rejects.toMatchObject({ code: "EEXIST" });
        expect(await files.stat(at("none"))).toBeUndefined();
      });

      it("gives up on links in a circle", async ({ skip }) => {
        skip(subject.link === undefined, "the system has no symbolic links");
        await linked(at("b"), "a");
        await linked(at("a"), "b");
        await expect(files.read(at("a"))).rejects.toMatchObject({ code: "ELOOP" });
        await expect(files.realPath(at("a"))).rejects.toMatchObject({ code: "ELOOP" });
      });
    });
  });
}
