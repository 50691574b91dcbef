/** Opens what governance keeps in the state directory, and compares it with the chain. */
import { type AppendLog, type AuditReader, type FeatureContext, isWeftError, type Late } from "@weftos/interface";
import type { ApprovalBook } from "../approval/approval-book.ts";
import { approvalJournal } from "../approval/approval-journal.ts";
import { openKeys } from "../approval/seal-key.ts";
import { settleApprovals } from "../approval/settle-approvals.ts";
import { GenesisFile } from "../law/genesis-file.ts";
import type { LawInForce } from "../law/law-in-force.ts";
import { lawJournal } from "../law/law-journal.ts";
import type { PlacedPolicy } from "../policy/policy.ts";
import { checkPrincipals } from "../principal/check-principals.ts";
import { principalJournal } from "../principal/principal-journal.ts";
import type { PrincipalRegistry } from "../principal/principal-registry.ts";

/** What is opened. */
export interface GovernanceState {
  readonly registry: PrincipalRegistry;
  readonly law: LawInForce;
  readonly book: ApprovalBook;
  /** Policies of files. */
  readonly policies: readonly PlacedPolicy[];
}

/** What can be read of the chain at boot. */
export interface ChainReaders {
  /** Reads it; undefined where nothing is kept, or nobody can read it. */
  readonly chain: AuditReader | undefined;
  /** The same, unless it continues a damaged one, of which it says nothing. */
  readonly whole: AuditReader | undefined;
}

/**
 * Opens all of it: who is known first, since the law is signed by them; approvals last, since the law says who may answer.
 *
 * @param readers - what is read of the chain; `whole`: only where it began with this law
 * @throws `GOVERNANCE_SEAL_KEY`, `GOVERNANCE_JOURNAL_BROKEN`, `GOVERNANCE_GENESIS_CHANGED`, `GOVERNANCE_LAW_BROKEN`,
 *   `GOVERNANCE_POLICY_INVALID`, `APPROVAL_JOURNAL_BROKEN`, and the signal's reason
 */
export async function openState(
  context: Pick<FeatureContext, "files" | "dir" | "random" | "platform" | "logger">,
  { registry, law, book, policies }: GovernanceState,
  { chain, whole }: ChainReaders,
  signal: AbortSignal,
): Promise<void> {
  const { files, dir, random, platform, logger } = context;
  signal.throwIfAborted();
  await files.makeFolder(`${dir}/journal`, { mode: 0o700 });
  const approvals = `${dir}/journal/approvals`;
  const principals = `${dir}/journal/principals`;
  const amendments = `${dir}/journal/law`;
  const keys = await openKeys(files, dir, random);
  const opened: AppendLog[] = [];
  const open = async (path: string): Promise<AppendLog> => {
    const log = await platform.openAppendLog(files, path);
    opened.push(log);
    return log;
  };
  try {
    // All are waited for, also when one fails: what is opened is closed below.
    const settled = await Promise.allSettled([open(principals), open(amendments), open(approvals)]);
    const [people, laws, log] = settled.map(opening) as [AppendLog, AppendLog, AppendLog];
    await registry.open(principalJournal({ log: people, path: principals, key: keys.principals, random }));
    if (whole !== undefined) await checkPrincipals(registry, whole, principals);
    const file = new GenesisFile({ files, dir, key: keys.genesis, random });
    await law.open(file, lawJournal({ log: laws, path: amendments, key: keys.amendments, random }), policies);
    signal.throwIfAborted();
    for (const [journal, { droppedBytes }] of Object.entries({ approvals: log, principals: people, law: laws })) {
      if (droppedBytes > 0) logger.warn(`the journal of ${journal} had a torn end`, { bytes: droppedBytes });
    }
    // Expiry goes by no earlier time than one at which a kernel of this directory was seen to run.
    if (chain !== undefined) for await (const { time } of chain.events({ kind: "kernel.*" })) book.saw(time);
    await book.open(approvalJournal({ log, path: approvals, key: keys.approvals, random }), keys.approvals);
    if (chain !== undefined) await settleApprovals(book, chain);
  } catch (error) {
    // A kernel that does not start leaves no file open behind it.
    for (const log of opened) await log.close();
    throw error;
  }
}

function opening<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === "rejected") throw settled.reason;
  return settled.value;
}

/** A kernel whose chain nobody can read has no replays, and takes its journal's word at boot. */
export function readable(reader: Late<AuditReader>): AuditReader | undefined {
  try {
    return reader();
  } catch (error) {
    if (isWeftError(error, "PORT_NOT_READY")) return undefined;
    throw error;
  }
}
