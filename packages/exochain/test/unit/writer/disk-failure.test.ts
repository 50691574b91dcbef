import { memoryFiles } from "@weftos/platform";
import { describe, expect, it } from "vitest";
import { verifyChain } from "../../../src/reader/offline.ts";
import { DIR, event, open, testPlatform } from "../../support/chain-fixture.ts";

type Fault = { readonly code: "ENOSPC" | "EIO"; readonly writtenBytes?: number };

/** A platform whose disk fails at the steps that `fails` names. */
function failing() {
  const platform = testPlatform();
  let fails: ((operation: string, path: string) => Fault | undefined) | undefined;
  const files = memoryFiles({ now: () => 0, beforeStep: ({ operation, path }) => fails?.(operation, path) });
  return {
    platform: { ...platform, files } as unknown as typeof platform,
    break: (how: typeof fails) => {
      fails = how;
    },
    clock: platform.clock,
  };
}

describe("a disk that fails", () => {
  for (const [what, fault] of [
    [
      "a full disk, half of the bytes written",
      (operation, path) =>
        operation === "write" && path.endsWith(".rvf") ? { code: "ENOSPC", writtenBytes: 40 } : undefined,
    ],
    [
      "an I/O error at sync",
      (operation, path) => (operation === "sync" && path.includes("/chain/0") ? { code: "EIO" } : undefined),
    ],
    [
      "content that cannot be synced",
      (operation, path) => (operation === "sync" && path.includes("/content/") ? { code: "EIO" } : undefined),
    ],
    [
      "an acknowledgement that cannot be written",
      (operation, path) => (operation === "write" && path.endsWith("acked") ? { code: "EIO" } : undefined),
    ],
  ] as const satisfies readonly (readonly [string, (operation: string, path: string) => Fault | undefined])[]) {
    it(`rejects appends, refuses new ones, and goes on when it works again: ${what}`, async () => {
      const disk = failing();
      const chain = await open(disk.platform);
      await chain.append(event(1, { idempotencyKey: "kept" })).durable;
      disk.break(fault);
      const lost = chain.append(event(2, { idempotencyKey: "lost" }));
      const alsoLost = chain.append(event(3));
      await expect(lost.durable).rejects.toMatchObject({ code: "CHAIN_NOT_WRITABLE", retryable: true });
      await expect(alsoLost.durable).rejects.toMatchObject({ code: "CHAIN_NOT_WRITABLE" });
      expect(() => chain.append(event(4))).toThrow(/cannot be written/);
      expect(() => chain.digest({ action: "a.b", actor: 1, target: 1, outcome: "ok", bytes: 1, time: 1 })).toThrow(
        /cannot be written/,
      );
      expect(chain.status()).toMatchObject({
        writable: false,
        sequence: 1,
        error: fault("write", "x.rvf")?.code ?? "EIO",
      });
      await expect(chain.ready()).rejects.toMatchObject({ code: "CHAIN_NOT_WRITABLE" });
      await expect(chain.checkpoint()).rejects.toMatchObject({ code: "CHAIN_NOT_WRITABLE" });
      await disk.clock.advance(250);
      expect(chain.status().writable).toBe(false);

      disk.break(undefined);
      await disk.clock.advance(20_000);
      for (let turns = 0; turns < 100 && !chain.status().writable; turns++) await Promise.resolve();
      expect(chain.status()).toMatchObject({ writable: true, sequence: 2 });
      await chain.ready();
      expect(await chain.get(2)).toMatchObject({
        kind: "chain.recovered",
        payload: { cause: "write-failed", events: 2 },
      });
      const later = chain.append(event(5, { idempotencyKey: "lost" }));
      await later.durable;
      expect(later.sequence).toBe(3);
      expect(chain.append(event(6, { idempotencyKey: "kept" })).sequence).toBe(1);
      await chain.close();
      expect(await verifyChain(disk.platform.files, DIR)).toMatchObject({ valid: true, events: 4, faults: [] });
    });
  }

  it("loses digest records of the batch and says how many, with leaves that still verify", async () => {
    const disk = failing();
    const chain = await open(disk.platform);
    const record = { action: "ipc.send", actor: 1, target: 2, outcome: "ok", bytes: 1, time: 1 } as const;
    for (let n = 0; n < 1000; n++) chain.digest(record);
    await chain.flush();
    disk.break((operation, path) => (operation === "sync" && path.endsWith("leaves") ? { code: "EIO" } : undefined));
    for (let n = 0; n < 1000; n++) chain.digest(record);
    await expect(chain.flush()).rejects.toMatchObject({ code: "CHAIN_NOT_WRITABLE" });
    disk.break(undefined);
    await disk.clock.advance(20_000);
    for (let turns = 0; turns < 100 && !chain.status().writable; turns++) await Promise.resolve();
    for (let n = 0; n < 1000; n++) chain.digest(record);
    await chain.flush();
    expect(chain.status().digests).toBe(2000);
    expect((await chain.verify()).faults).toEqual([]);
    await chain.close();
  });

  it("is noticed at the first event: no chain begins that cannot be written", async () => {
    const disk = failing();
    disk.break((operation, path) => (operation === "write" && path.endsWith(".rvf") ? { code: "ENOSPC" } : undefined));
    await expect(open(disk.platform)).rejects.toMatchObject({ code: "CHAIN_NOT_WRITABLE" });
    disk.break(undefined);
    const chain = await open(disk.platform);
    expect(chain.status().events).toBe(1);
    await chain.close();
  });

  it("does not stop the chain when only the checkpoint file cannot be replaced", async () => {
    const disk = failing();
    const chain = await open(disk.platform);
    disk.break((operation, path) =>
      operation === "rename" && path.endsWith("checkpoint") ? { code: "ENOSPC" } : undefined,
    );
    await chain.append(event(1)).durable;
    await chain.checkpoint();
    disk.break(undefined);
    await chain.append(event(2)).durable;
    await chain.close();
    expect(await verifyChain(disk.platform.files, DIR)).toMatchObject({ valid: true, tail: "closed" });
  });
});
