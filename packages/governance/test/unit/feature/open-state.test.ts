import type { AppendLog, Files } from "@weftos/interface";
import { memoryPlatform, type TestPlatform } from "@weftos/testkit";
import { expect, it } from "vitest";
import { DIR, startDouble } from "../../kernel-double.ts";

/** A platform whose open journals are counted; those of some paths cannot be opened. */
function counting(fails: (path: string) => boolean): {
  readonly platform: TestPlatform;
  readonly open: Set<AppendLog>;
} {
  const open = new Set<AppendLog>();
  const made = memoryPlatform();
  const openAppendLog: TestPlatform["openAppendLog"] = async (files: Files, path: string, ...rest) => {
    if (fails(path)) throw new Error(`no ${path}`);
    const log = await made.openAppendLog(files, path, ...rest);
    open.add(log);
    const close = log.close.bind(log);
    log.close = async () => {
      open.delete(log);
      await close();
    };
    return log;
  };
  return { platform: Object.assign(Object.create(made), { openAppendLog }), open };
}

it.each(["principals", "law", "approvals"])(
  "leaves no journal open when that of %s cannot be opened",
  async (journal) => {
    const { platform, open } = counting((path) => path === `${DIR}/journal/${journal}`);
    await expect(startDouble({ platform })).rejects.toThrow(`no ${DIR}/journal/${journal}`);
    expect(open.size).toBe(0);
  },
);

it("leaves no journal open when what is in one is refused", async () => {
  const { platform, open } = counting(() => false);
  const kernel = await startDouble({ platform });
  expect(open.size).toBe(3);
  await kernel.stop();
  expect(open.size).toBe(0);
  const path = `${DIR}/journal/genesis`;
  expect(await platform.files.stat(path)).toBeDefined();
  await platform.files.writeAtomic(path, new TextEncoder().encode("{}"));
  await expect(startDouble({ platform, audit: kernel.audit })).rejects.toMatchObject({
    code: "GOVERNANCE_GENESIS_CHANGED",
  });
  expect(open.size).toBe(0);
});
