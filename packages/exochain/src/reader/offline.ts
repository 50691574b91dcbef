// What an operator asks of a chain that no kernel has open.
import { toHex } from "@weftos/crypto";
import type { Files } from "@weftos/interface";
import { ChainAbsentError } from "../error/chain-errors.ts";
import { type Succession, successionOf } from "../format/chain-event.ts";
import { fileSigner } from "../keys/key-files.ts";
import { refuseUnfinishedRepair } from "../repair/repair-plan.ts";
import { verify } from "../threads/verify-in-node.ts";
import { filesSource } from "../verify/chain-source.ts";
import { redoneSource } from "../verify/redone-source.ts";
import type { VerifyOptions, VerifyResult } from "../verify/verify.ts";
import { chainExists, loadChain } from "../writer/load-chain.ts";
import { readCache } from "../writer/open-cache.ts";
import { EventReader } from "./event-reader.ts";

/** How a chain stands on disk. */
export interface OfflineStatus {
  /** Sequence of the last event. */
  readonly sequence: number;
  /** Its hash, lower-case hex. */
  readonly head: string;
  readonly events: number;
  readonly chainId: string;
  /** Events that the newest checkpoint covers. */
  readonly checkpoint: number;
  readonly digests: number;
  /** `torn`: an unfinished write lies behind the last event; the next start cuts and records it. */
  readonly tail: "closed" | "open" | "torn";
  /** The damaged chain that this one succeeds. */
  readonly continues: Succession | undefined;
}

/**
 * Reads how the chain of a directory stands, without opening it for writing.
 *
 * @param dir - absolute path of the state directory
 * @throws `CHAIN_ABSENT`, `CHAIN_DAMAGED`, `CHAIN_TRUNCATED`, `CHAIN_REPAIR_UNFINISHED`
 */
export async function readChainStatus(files: Files, dir: string): Promise<OfflineStatus> {
  await refuseUnfinishedRepair(files, dir);
  if (!(await chainExists(files, dir))) throw absent(dir);
  const hasKeys = (await files.stat(`${dir}/keys`)) !== undefined;
  const signer = hasKeys ? await fileSigner(files, dir).catch(() => undefined) : undefined;
  const cached = signer === undefined ? undefined : await readCache(files, dir, signer.keys);
  const { state, index, torn, checkpointStale } = await loadChain(files, dir, cached);
  const closed = state.size > 0 && state.size === state.checkpointSize && !checkpointStale;
  return {
    sequence: state.size - 1,
    head: toHex(state.head),
    events: state.size,
    chainId: state.chain === undefined ? "" : toHex(state.chain),
    checkpoint: state.checkpointSize,
    digests: state.digests,
    continues: await continuedBy(new EventReader(await redoneSource(filesSource(files, dir)), index, () => state)),
    tail: torn !== undefined ? "torn" : closed ? "closed" : "open",
  };
}

/**
 * Verifies the chain of a directory.
 *
 * @param dir - absolute path of the state directory
 * @throws `CHAIN_ABSENT`, and what `verify` throws
 */
export async function verifyChain(files: Files, dir: string, options: VerifyOptions = {}): Promise<VerifyResult> {
  if (!(await chainExists(files, dir))) throw absent(dir);
  const source = filesSource(files, dir);
  // A writer at work has the files complete; its area is of the moment.
  return await verify(options.live === true ? source : await redoneSource(source), options);
}

async function continuedBy(reader: EventReader): Promise<Succession | undefined> {
  for await (const genesis of reader.range(0, 1)) return successionOf(genesis.payload);
  return undefined;
}

function absent(dir: string): ChainAbsentError {
  return new ChainAbsentError(`${dir} holds no chain`, { details: { dir } });
}
