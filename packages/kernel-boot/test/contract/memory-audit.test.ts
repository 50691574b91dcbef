import { shake256 } from "@weftos/crypto";
import { auditLogContract, auditReaderContract } from "@weftos/testkit/contract";
import { memoryAudit } from "../../src/guard/memory-audit.ts";

auditLogContract("the audit log in memory", {
  create: async () => {
    const audit = memoryAudit({ now: () => 0, hash: (data) => shake256(data) });
    return {
      audit,
      recorded: async (kind) => audit.tail().filter((event) => event.kind === kind),
      crash: undefined,
      failDisk: undefined,
      dispose: async () => undefined,
    };
  },
});

auditReaderContract("the audit log in memory", {
  create: async () => {
    const audit = memoryAudit({ now: () => 0, hash: (data) => shake256(data) });
    return { audit, reader: audit, dispose: async () => undefined };
  },
});
