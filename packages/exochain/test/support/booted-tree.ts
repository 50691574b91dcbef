// A chain with its tree, as a kernel has them, and a guard that permits all and records what it did.
import type { AuditEvent, GuardedCall, JsonObject, ResourceSource } from "@weftos/interface";
import { afterEach } from "vitest";
import { fileSigner } from "../../src/keys/key-files.ts";
import { type OpenTree, openTree } from "../../src/tree/open-tree.ts";
import type { Resources } from "../../src/tree/resources.ts";
import { resources } from "../../src/tree/tree-view.ts";
import type { Chain } from "../../src/writer/chain.ts";
import { DIR, open, type TestPlatform } from "./chain-fixture.ts";

export const logger = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  enabled: () => false,
};
export const event = (kind: string, payload: JsonObject): AuditEvent => ({
  source: "test",
  kind,
  actor: { pid: 0 },
  payload,
});
export const spawned = (pid: number, parent = 0): AuditEvent =>
  event("agent.spawn", { outcome: "ok", result: { pid, parent, agent: `a${pid}`, backend: "inline" } });

export interface Booted {
  readonly chain: Chain;
  readonly tree: OpenTree;
  readonly view: Resources;
  readonly asked: GuardedCall<unknown>[];
  stop(): Promise<void>;
  /** As a crash: the tree is not written down. */
  crash(): Promise<void>;
}

const running: Booted[] = [];
afterEach(async () => {
  for (const booted of running.splice(0)) await booted.crash();
});

export async function boot(platform: TestPlatform, sources: readonly ResourceSource[] = []): Promise<Booted> {
  const chain = await open(platform);
  const { files } = platform;
  const tree = await openTree({ chain, files, dir: DIR, logger, sources }, new AbortController().signal);
  tree.settle();
  const asked: GuardedCall<unknown>[] = [];
  const guard = {
    async perform<T>(call: GuardedCall<T>, run: (grant: never) => T | Promise<T>): Promise<T> {
      asked.push(call as GuardedCall<unknown>);
      const output = await run(undefined as never);
      tree.append(event(call.action, { outcome: "ok", result: call.summary?.(output) ?? {} }));
      return output;
    },
  };
  const booted = {
    chain,
    tree,
    view: resources(() => tree, { guard, clock: platform.clock, signer: () => fileSigner(files, DIR) }),
    asked,
    async stop() {
      running.splice(running.indexOf(booted), 1);
      await tree.close();
      await chain.close();
    },
    async crash() {
      if (running.includes(booted)) running.splice(running.indexOf(booted), 1);
      await chain.close();
    },
  };
  running.push(booted);
  return booted;
}
