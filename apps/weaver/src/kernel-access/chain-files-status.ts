/** Answers `chain.status` from the files, for when no kernel answers. */
import { readChainStatus } from "@weftos/exochain";
import { nodePlatform } from "@weftos/platform";
import type { OfflineAnswer } from "../commands/command.ts";

/** Gives how the chain stands on disk. @throws `CHAIN_ABSENT`, `CHAIN_DAMAGED`, `CHAIN_TRUNCATED` */
export const answer: OfflineAnswer = async (dir) => {
  const { continues, ...status } = await readChainStatus(nodePlatform().files, dir);
  return { ...status, ...(continues && { continues: { ...continues } }) };
};
