// The methods that read a chain, answered from the files of one that no kernel has open.
import type { Clock, Files, Method } from "@weftos/interface";
import { readClosedChain } from "../reader/closed-chain.ts";
import { showMethod } from "./chain-methods.ts";
import { readMethods } from "./read-methods.ts";

/**
 * Makes `chain.tail`, `chain.query` and `action.show` over the files of a state directory. Nothing is written, and no law is
 * needed: whoever may read the files may read the chain.
 *
 * @param dir - absolute path of the state directory
 * @throws `CHAIN_ABSENT`, `CHAIN_DAMAGED`, `CHAIN_TRUNCATED`, `CHAIN_REPAIR_UNFINISHED`
 */
export async function closedChainMethods(
  files: Files,
  dir: string,
  clock: Pick<Clock, "schedule">,
): Promise<readonly Method[]> {
  const chain = await readClosedChain(files, dir);
  return [...readMethods(() => chain, clock), showMethod(() => chain)];
}
