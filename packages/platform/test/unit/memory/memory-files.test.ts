import { memoryFiles } from "@weftos/platform";
import { describe, expect, it } from "vitest";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe("memoryFiles", () => {
  it("tells the hook each step of an atomic write, in order", async () => {
    const steps: string[] = [];
    const files = memoryFiles({
      beforeStep({ operation }) {
        steps.push(operation);
        return undefined;
      },
    });
    await files.writeAtomic("/a", encode("x"));
    expect(steps).toEqual(["create", "write", "sync", "rename", "syncFolder"]);
  });

  it("raises the fault of the hook as Node raises its own", async () => {
    const files = memoryFiles({ beforeStep: ({ operation }) => (operation === "sync" ? { code: "EIO" } : undefined) });
    const file = await files.openAppend("/a");
    await expect(file.sync()).rejects.toMatchObject({ code: "EIO", path: "/a", message: "EIO: i/o error, sync '/a'" });
  });

  it("lets a part of a failing write through", async () => {
    const files = memoryFiles({
      beforeStep: ({ operation }) => (operation === "write" ? { code: "ENOSPC", writtenBytes: 2 } : undefined),
    });
    const file = await files.openAppend("/a");
    await expect(file.write(encode("abc"))).rejects.toMatchObject({ code: "ENOSPC" });
    expect(decode(await files.read("/a"))).toBe("ab");
  });

  it("stamps changes with the time it is given", async () => {
    let now = 5;
    const files = memoryFiles({ now: () => now });
    await files.writeAtomic("/a", encode("x"));
    now = 9;
    await files.writeAtomic("/b", encode("x"));
    expect((await files.stat("/a"))?.modifiedMs).toBe(5);
    expect((await files.stat("/b"))?.modifiedMs).toBe(9);
  });

  describe("after a crash", () => {
    it("has what was synced, and of the rest what the disk got to", async () => {
      const files = memoryFiles({ durability: true });
      const file = await files.openAppend("/a");
      await file.write(encode("synced"));
      await file.sync();
      await file.write(encode(" written"));
      await file.truncate(10);
      expect(decode(await files.afterCrash().read("/a"))).toBe("synced");
      expect(decode(await files.afterCrash(() => ({ kept: 3 })).read("/a"))).toBe("synced wr");
      expect(decode(await files.afterCrash(({ changes }) => ({ kept: changes })).read("/a"))).toBe("synced wri");
      expect(decode(await files.afterCrash(() => ({ kept: 2, zeroFill: true })).read("/a"))).toBe("synced w\0\0");
      expect(decode(await files.read("/a"))).toBe("synced wri");
    });

    it("has whole files that were written atomically, the new or before the last step the old", async () => {
      const seen: string[] = [];
      const files = memoryFiles({
        durability: true,
        beforeStep() {
          crashes.push(
            files.afterCrash(),
            files.afterCrash(({ changes }) => ({ kept: changes })),
          );
          return undefined;
        },
      });
      const crashes: ReturnType<typeof memoryFiles>[] = [];
      await files.writeAtomic("/a", encode("old"));
      crashes.length = 0;
      await files.writeAtomic("/a", encode("new"));
      for (const crash of crashes) seen.push(decode(await crash.read("/a")));
      expect(seen).toEqual(["old", "old", "old", "old", "old", "old", "old", "old", "old", "new"]);
      expect(decode(await files.afterCrash().read("/a"))).toBe("new");
    });

    it("goes on with durability, without the hook of the machine that crashed", async () => {
      let steps = 0;
      const files = memoryFiles({
        durability: true,
        beforeStep() {
          steps += 1;
          return undefined;
        },
      });
      await files.makeFolder("/folder");
      await files.link("/folder", "/link");
      const after = files.afterCrash();
      steps = 0;
      await after.writeAtomic("/link/a", encode("x"));
      expect(steps).toBe(0);
      expect(decode(await after.afterCrash().read("/folder/a"))).toBe("x");
    });

    it("is not offered where nobody followed what is durable", () => {
      expect(() => memoryFiles().afterCrash()).toThrow("durability");
    });
  });
});
