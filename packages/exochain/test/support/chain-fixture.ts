// Chains for tests: in memory, with a manual clock and seeded randomness; snapshots of their files that can be tampered with.
import type { AuditEvent, Files } from "@weftos/interface";
import { memoryPlatform } from "@weftos/testkit";
import type { ChainSource } from "../../src/verify/chain-source.ts";
import type { Chain, OpenChainInit } from "../../src/writer/chain.ts";
import { openChain } from "../../src/writer/open-chain.ts";

export const DIR = "/weft";

export type TestPlatform = ReturnType<typeof memoryPlatform>;

export function testPlatform(seed = 7): TestPlatform {
  return memoryPlatform({ seed });
}

export function open(platform: TestPlatform, init: Partial<OpenChainInit> = {}): Promise<Chain> {
  const { files, clock, random } = platform;
  return openChain({ files, clock, random, dir: DIR, ...init });
}

export function event(n: number, more: Partial<AuditEvent> = {}): AuditEvent {
  return { source: "test", kind: "test.happened", actor: { pid: n }, payload: { n }, ...more };
}

/** Files of a chain by path below the state directory. */
export type Snapshot = Map<string, Uint8Array>;

const FOLDERS = ["chain", "chain/content", "journal", "run"];

export async function snapshot(files: Files, dir = DIR): Promise<Snapshot> {
  const found: Snapshot = new Map();
  for (const folder of FOLDERS) {
    if ((await files.stat(`${dir}/${folder}`)) === undefined) continue;
    for (const { name, kind } of await files.list(`${dir}/${folder}`)) {
      if (kind === "file") found.set(`${folder}/${name}`, (await files.read(`${dir}/${folder}/${name}`)).slice());
    }
  }
  return found;
}

export function copyOf(snapshot: Snapshot): Snapshot {
  return new Map([...snapshot].map(([path, bytes]) => [path, bytes.slice()]));
}

/** Writes a snapshot into files, replacing what is there. */
export async function restore(files: Files, snapshot: Snapshot, dir = DIR): Promise<void> {
  for (const folder of FOLDERS) {
    await files.makeFolder(`${dir}/${folder}`);
    for (const { name, kind } of await files.list(`${dir}/${folder}`)) {
      if (kind === "file") await files.remove(`${dir}/${folder}/${name}`);
    }
  }
  for (const [path, bytes] of snapshot) await files.writeAtomic(`${dir}/${path}`, bytes);
}

export function sourceOf(snapshot: Snapshot): ChainSource {
  return {
    async list(folder) {
      const names = new Map<string, string>();
      for (const path of snapshot.keys()) {
        if (!path.startsWith(`${folder}/`)) continue;
        const [name = "", ...rest] = path.slice(folder.length + 1).split("/");
        names.set(name, rest.length === 0 ? "file" : "folder");
      }
      return [...names].map(([name, kind]) => ({ name, kind }));
    },
    async open(path) {
      const bytes = snapshot.get(path);
      if (bytes === undefined) return undefined;
      return {
        size: bytes.length,
        read: async (offset, length) => bytes.slice(offset, offset + length),
        close: async () => undefined,
      };
    },
  };
}

/** Gives the bytes of a file that must be there. */
export function bytesOf(snapshot: Snapshot, path: string): Uint8Array {
  const bytes = snapshot.get(path);
  if (bytes === undefined) throw new Error(`no ${path} in ${[...snapshot.keys()].join(", ")}`);
  return bytes;
}

/** A closed chain of a few events with digest records: genesis, `events` of them, a digest, one checkpoint. */
export async function smallChain(
  events = 3,
  platform = testPlatform(),
): Promise<{ platform: TestPlatform; files: Snapshot }> {
  const chain = await open(platform);
  for (let n = 1; n <= events; n++) await chain.append(event(n)).durable;
  chain.digest({ action: "ipc.send", actor: 1, target: 2, outcome: "ok", bytes: 30, time: 5 });
  chain.digest({ action: "fs.read", actor: 1, target: "/etc/hosts", outcome: "failed", bytes: 1, time: 6 });
  await chain.close();
  return { platform, files: await snapshot(platform.files) };
}
