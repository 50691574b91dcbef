import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, readdir, realpath, rename, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodePlatform } from "@weftos/platform";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

describe("the files of nodePlatform", () => {
  const { files } = nodePlatform();
  let root: string;
  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), "weftos-files-")));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it("leaves no temporary file behind a rename that fails", async () => {
    await files.makeFolder(join(root, "folder"));
    await expect(files.writeAtomic(join(root, "folder"), Uint8Array.of(1))).rejects.toMatchObject({ code: "EISDIR" });
    expect(await readdir(root)).toEqual(["folder"]);
  });

  it("reads files that tell no size", async ({ skip }) => {
    skip(process.platform !== "linux", "only Linux has /proc");
    const bytes = await files.read("/proc/self/status");
    expect(new TextDecoder().decode(bytes)).toContain("Name:");
    await expect(files.read("/proc/self/status", { maxBytes: 10 })).rejects.toMatchObject({ code: "EFBIG" });
  });

  it("does not wait at a pipe, nor read a device", async ({ skip }) => {
    skip(process.platform === "win32", "Windows has no mkfifo");
    execFileSync("sh", ["-c", 'mkfifo "$0"', join(root, "pipe")]);
    await expect(files.read(join(root, "pipe"))).rejects.toMatchObject({ code: "EINVAL" });
    await expect(files.openRead("/dev/zero")).rejects.toMatchObject({ code: "EINVAL" });
    expect(await files.list(root)).toEqual([{ name: "pipe", kind: "other" }]);
  });

  it("reads past a chunk of a file of unknown size", async () => {
    const bytes = new Uint8Array(300_000).map((_, index) => index * 13);
    await files.writeAtomic(join(root, "a"), bytes);
    expect(await files.read(join(root, "a"), { maxBytes: 300_000 })).toEqual(bytes);
  });

  it("tells where an open file lies, whatever its path leads to since", async ({ skip }) => {
    skip(process.platform !== "linux", "only Linux knows the place of an open file");
    await files.writeAtomic(join(root, "a"), Uint8Array.of(1));
    await symlink(join(root, "a"), join(root, "link"));
    const file = await files.openRead(join(root, "link"));
    expect(await file.realPath()).toBe(join(root, "a"));
    await rename(join(root, "a"), join(root, "b"));
    await files.writeAtomic(join(root, "a"), Uint8Array.of(2));
    expect(await file.realPath()).toBe(join(root, "b"));
    await file.close();
  });

  it("says EACCES where the system does", async ({ skip }) => {
    skip(process.platform === "win32" || process.getuid?.() === 0, "the superuser is refused nothing");
    await files.makeFolder(join(root, "closed"));
    await chmod(join(root, "closed"), 0);
    await expect(files.writeAtomic(join(root, "closed/a"), Uint8Array.of(1))).rejects.toMatchObject({ code: "EACCES" });
  });

  it("makes each folder on the way with the mode it is told", async ({ skip }) => {
    skip(process.platform === "win32", "Windows keeps no modes");
    await files.makeFolder(join(root, "a/b"), { mode: 0o700 });
    expect((await stat(join(root, "a"))).mode & 0o777).toBe(0o700);
    expect((await stat(join(root, "a/b"))).mode & 0o777).toBe(0o700);
  });

  it("refuses a folder where none can be made, or a file lies", async ({ skip }) => {
    skip(process.platform !== "linux", "only Linux has /proc");
    await expect(files.makeFolder("/proc/weftos/state")).rejects.toMatchObject({ code: "ENOENT" });
    await files.writeAtomic(join(root, "file"), Uint8Array.of(1));
    await expect(files.makeFolder(join(root, "file"))).rejects.toMatchObject({ code: "EEXIST" });
    await expect(files.makeFolder(join(root, "file/below"))).rejects.toMatchObject({ code: "ENOTDIR" });
    await Promise.all([files.makeFolder(join(root, "x/y/z")), files.makeFolder(join(root, "x/y/z"))]);
    expect((await stat(join(root, "x/y/z"))).isDirectory()).toBe(true);
  });

  it("appends in the order of the calls, whatever their length, and syncs behind them", async () => {
    const file = await files.openAppend(join(root, "log"));
    const parts = [10, 300_000, 20, 200_000, 5].map((length, n) => new Uint8Array(length).fill(n + 1));
    await Promise.all(parts.flatMap((part) => [file.write(part), file.sync()]));
    const whole = parts.reduce((sum, part) => sum + part.length, 0);
    expect(file.size).toBe(whole);
    // A short write behind one that still runs must not overtake it, nor take its place.
    const running = file.write(new Uint8Array(400_000).fill(7));
    const patched = file.writeAt(0, Uint8Array.of(9));
    await Promise.all([running, patched, file.write(Uint8Array.of(8))]);
    await file.close();
    const bytes = await files.read(join(root, "log"));
    expect(bytes.length).toBe(whole + 400_001);
    expect([bytes[0], bytes[10], bytes[whole - 1], bytes[whole], bytes.at(-1)]).toEqual([9, 2, 5, 7, 8]);
  });

  it("refuses to write to a closed file, to sync it, and to write outside it", async () => {
    const file = await files.openAppend(join(root, "log"));
    await file.write(Uint8Array.of(1, 2, 3));
    await expect(file.writeAt(2, Uint8Array.of(1, 2))).rejects.toMatchObject({ code: "EINVAL", syscall: "write" });
    await expect(file.writeAt(-1, Uint8Array.of(1))).rejects.toMatchObject({ code: "EINVAL" });
    await expect(file.truncate(4)).rejects.toMatchObject({ code: "EINVAL", syscall: "ftruncate" });
    await file.close();
    await expect(file.write(Uint8Array.of(4))).rejects.toMatchObject({ code: "EBADF", syscall: "write" });
    await expect(file.sync()).rejects.toMatchObject({ code: "EBADF", syscall: "fdatasync" });
    expect(await files.read(join(root, "log"))).toEqual(Uint8Array.of(1, 2, 3));
  });

  it("overwrites what a failed write left behind with the next one", async () => {
    const file = await files.openAppend(join(root, "log"));
    await file.write(Uint8Array.of(1, 2, 3));
    const other = await files.openAppend(join(root, "log"));
    await other.write(Uint8Array.of(9, 9)); // bytes beyond what `file` knows of
    await file.write(Uint8Array.of(4));
    expect(file.size).toBe(4);
    await file.truncate(4);
    expect([...(await files.read(join(root, "log")))]).toEqual([1, 2, 3, 4]);
    await other.close();
    await file.close();
  });
});
