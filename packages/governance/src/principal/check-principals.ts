/**
 * Compares the principals that are kept with those that the chain recorded: a journal that was taken away or cut short must
 * not bring anybody back, nor make a kernel believe that nobody is known.
 */
import type { AuditReader } from "@weftos/interface";
import { safeParse, z } from "@weftos/schema";
import { GovernanceJournalError } from "./principal-errors.ts";
import type { PrincipalRegistry } from "./principal-registry.ts";

const outcome = z.lazy(() =>
  z.looseObject({
    outcome: z.literal("ok"),
    result: z.looseObject({ name: z.string(), key: z.string(), state: z.string() }),
  }),
);

/** Checks. What is kept may be ahead of the chain by one change, which a crash kept from being recorded. @throws `GOVERNANCE_JOURNAL_BROKEN` */
export async function checkPrincipals(registry: PrincipalRegistry, reader: AuditReader, path: string): Promise<void> {
  const recorded = new Map<string, { readonly key: string; readonly state: string }>();
  for await (const { payload } of reader.events({ kind: "principal.*" })) {
    const parsed = safeParse(outcome, payload, "an outcome");
    if (parsed.ok) recorded.set(parsed.value.result.name, parsed.value.result);
  }
  for (const [name, { key, state }] of recorded) {
    const kept = registry.find(name);
    const hasKey = kept?.key === key || kept?.formerKeys.some((former) => former.key === key) === true;
    if (hasKey && (state !== "revoked" || kept?.state === "revoked")) continue;
    const reason = `the chain says that ${name.slice(0, 64)} is ${state}, and what is kept says otherwise`;
    throw new GovernanceJournalError(`${path}: ${reason}`, { details: { path, record: -1, reason } });
  }
}
