import { memoryPlatform } from "@weftos/testkit";
import { type AuditLogCase, auditLogContract, type RecordedEvent } from "@weftos/testkit/contract";
import { DIR, open, type TestPlatform } from "../support/chain-fixture.ts";

async function create(platform: TestPlatform): Promise<AuditLogCase> {
  const chain = await open(platform);
  return {
    audit: chain,
    async recorded(kind) {
      const events: RecordedEvent[] = [];
      await chain.flush().catch(() => undefined);
      for await (const { sequence, kind: found, payload } of chain.query({ kind }))
        events.push({ sequence, kind: found, payload });
      return events;
    },
    crash: () => create(memoryPlatform({ seed: 8, clock: platform.clock, files: platform.faults.crash() })),
    failDisk: () => {
      for (let n = 0; n < 50; n++)
        platform.faults.failNext(
          ({ operation, path }) => operation === "write" && path.startsWith(`${DIR}/chain`),
          "ENOSPC",
        );
    },
    dispose: () => chain.close(),
  };
}

auditLogContract("the chain", { create: () => create(memoryPlatform({ seed: 7 })) });
