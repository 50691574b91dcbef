import { memoryPlatform, seededRandom } from "@weftos/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { verifyChain } from "../../../src/reader/offline.ts";
import { DIR, event, open } from "../../support/chain-fixture.ts";

/** More runs with `EXOCHAIN_POWER_RUNS=2000`. */
const RUNS = Number(process.env.EXOCHAIN_POWER_RUNS ?? 80);

const operation = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("append" as const), wait: fc.boolean(), bytes: fc.nat(6000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("digest" as const), count: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("time" as const), ms: fc.integer({ min: 1, max: 6000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("checkpoint" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("reopen" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("crash" as const),
      afterSteps: fc.nat(12),
      seed: fc.nat(),
      kept: fc.boolean(),
    }),
  },
);

describe("a power failure at any step", () => {
  it("loses no acknowledged event, whatever else the disk kept, and leaves a chain that opens and verifies", {
    timeout: 60_000 + RUNS * 500,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 3, maxLength: 25 }), fc.boolean(), async (operations, busy) => {
        let platform = memoryPlatform({ seed: 3 });
        let chain = await open(platform, { rotateBytes: 20_000, checkpointEvents: 7 });
        // Model: what was acknowledged, by sequence.
        const acknowledged = new Map<number, number>();
        let n = 0;
        // A chain of many small commits writes by way of an area.
        const settleIn = async (): Promise<void> => {
          for (let i = 0; busy && i < 10; i++) {
            n += 1;
            acknowledged.set(chain.append(event(n, { payload: { n } })).sequence, n);
            await chain.flush();
          }
        };
        await settleIn();
        for (const step of operations) {
          if (step.do === "append") {
            n += 1;
            const mine = n;
            const receipt = chain.append(event(mine, { payload: { n: mine, text: "x".repeat(step.bytes) } }));
            const told = receipt.durable.then(() => void acknowledged.set(receipt.sequence, mine));
            if (step.wait) await told;
            else told.catch(() => undefined);
          } else if (step.do === "digest") {
            for (let i = 0; i < step.count; i++)
              chain.digest({ action: "ipc.send", actor: 1, target: i, outcome: "ok", bytes: i, time: 1 });
          } else if (step.do === "time") await platform.clock.advance(step.ms);
          else if (step.do === "checkpoint") await chain.checkpoint();
          else if (step.do === "reopen") {
            await chain.close();
            chain = await open(platform, { rotateBytes: 20_000, checkpointEvents: 7 });
          } else {
            for (let i = 0; i < step.afterSteps; i++) await Promise.resolve();
            const mustHave = [...acknowledged];
            const files = platform.faults.crash(step.kept ? seededRandom(step.seed) : undefined);
            const abandoned = chain;
            platform = memoryPlatform({ seed: step.seed, clock: platform.clock });
            // The files go on under a new hook, so that they can crash again.
            await copyInto(files, platform.files);
            chain = await open(platform, { rotateBytes: 20_000, checkpointEvents: 7 });
            const found = new Map<number, unknown>();
            for await (const { sequence, payload } of chain.range(0, chain.status().events))
              found.set(sequence, payload?.n);
            for (const [sequence, value] of mustHave)
              expect([sequence, found.get(sequence)]).toEqual([sequence, value]);
            // What was appended and not acknowledged may be there or not; the model forgets what is not.
            for (const sequence of [...acknowledged.keys()])
              if (!mustHave.some(([kept]) => kept === sequence)) acknowledged.delete(sequence);
            await abandoned.close();
            await settleIn();
          }
        }
        await chain.close();
        expect(await verifyChain(platform.files, DIR)).toMatchObject({ valid: true, tail: "closed", faults: [] });
      }),
      { numRuns: RUNS },
    );
  });
});

type Files = ReturnType<typeof memoryPlatform>["files"];

async function copyInto(from: Files, to: Files, folder = ""): Promise<void> {
  for (const { name, kind } of await from.list(folder === "" ? "/" : folder)) {
    const path = `${folder}/${name}`;
    if (kind === "folder") {
      await to.makeFolder(path);
      await copyInto(from, to, path);
    } else await to.writeAtomic(path, (await from.read(path)).slice(), { mode: 0o600 });
  }
}
