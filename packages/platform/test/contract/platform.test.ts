import { mkdtemp, readFile, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Files, Platform } from "@weftos/interface";
import { memoryFiles, memoryPlatform, nodePlatform } from "@weftos/platform";
import { browserPlatform } from "@weftos/platform/browser";
import {
  appendLogContract,
  clockContract,
  filesContract,
  logSinkContract,
  randomContract,
} from "@weftos/testkit/contract";

async function temporaryFolder(): Promise<{ readonly root: string; dispose(): Promise<void> }> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "weftos-platform-")));
  return { root, dispose: () => rm(root, { recursive: true, force: true }) };
}

const platforms: readonly (readonly [string, () => Platform])[] = [
  ["nodePlatform", nodePlatform],
  ["memoryPlatform", memoryPlatform],
  ["browserPlatform", browserPlatform],
];

for (const [name, make] of platforms) {
  randomContract(name, { create: async () => ({ random: make().random, dispose: async () => {} }) });
}

clockContract("the system clock", {
  async create() {
    const { clock } = nodePlatform();
    return { clock, pass: (ms) => clock.sleep(ms), dispose: async () => {} };
  },
});

filesContract("nodePlatform", {
  async create() {
    const { root, dispose } = await temporaryFolder();
    const modes = process.platform !== "win32";
    const link = modes ? (target: string, path: string): Promise<void> => symlink(target, path) : undefined;
    return { files: nodePlatform().files, root, link, modes, dispose };
  },
});

filesContract("memoryFiles", {
  async create() {
    const files = memoryFiles();
    await files.makeFolder("/root");
    const link = (target: string, path: string): Promise<void> => files.link(target, path);
    return { files, root: "/root", link, modes: true, dispose: async () => {} };
  },
});

filesContract("memoryFiles with durability", {
  async create() {
    const files = memoryFiles({ durability: true });
    await files.makeFolder("/root");
    const link = (target: string, path: string): Promise<void> => files.link(target, path);
    return { files, root: "/root", link, modes: true, dispose: async () => {} };
  },
});

function journalOver(platform: Platform, files: Files, path: string) {
  return {
    open: () => platform.openAppendLog(files, path, { maxRecordBytes: 1000 }),
    async cut(bytes: number) {
      const file = await files.openAppend(path);
      await file.truncate(file.size - bytes);
      await file.close();
    },
    async damage(offset: number) {
      const byte = (await files.read(path))[offset] ?? 0;
      const file = await files.openAppend(path);
      await file.writeAt(offset, Uint8Array.of(byte ^ 0x40));
      await file.close();
    },
    size: async () => (await files.stat(path))?.size ?? 0,
  };
}

appendLogContract("a journal on disk", {
  async create() {
    const { root, dispose } = await temporaryFolder();
    const platform = nodePlatform();
    return { ...journalOver(platform, platform.files, join(root, "journal")), dispose };
  },
});

appendLogContract("a journal in memory", {
  async create() {
    const platform = memoryPlatform();
    return { ...journalOver(platform, platform.files, "/journal"), dispose: async () => {} };
  },
});

function parsed(text: string): readonly Readonly<Record<string, unknown>>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

logSinkContract("the log on disk", {
  async create() {
    const { root, dispose } = await temporaryFolder();
    const folder = join(root, "logs");
    const sink = await nodePlatform().openLogSink({ folder });
    return { sink, lines: async () => parsed(await readFile(join(folder, "kernel.log"), "utf8")), dispose };
  },
});

logSinkContract("the log in memory", {
  async create() {
    const platform = memoryPlatform();
    const sink = await platform.openLogSink({ folder: "/logs" });
    const lines = async () => parsed(new TextDecoder().decode(await platform.files.read("/logs/kernel.log")));
    return { sink, lines, dispose: async () => {} };
  },
});
