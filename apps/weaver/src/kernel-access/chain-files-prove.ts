/**
 * Answers the methods that prove a chain, or copy it out, by opening the chain alone, for when no kernel answers: a law that is
 * refused keeps nobody from proving what happened. The directory is locked meanwhile, and events that no checkpoint covers yet
 * get one.
 */
import { type Chain, openChain } from "@weftos/exochain";
import type { JsonObject } from "@weftos/interface";
import { lockDirectory } from "@weftos/kernel-boot";
import { nodePlatform } from "@weftos/platform";
import type { OfflineAnswer } from "../commands/command.ts";
import { numberOf } from "../view/fields.ts";
import { isStateDirectory, noDaemonError } from "./no-daemon.ts";

const formats = ["tlog", "json", "rvf"] as const;

const opened = (use: (chain: Chain, params: JsonObject) => Promise<object>): OfflineAnswer => {
  return async (dir, params, typed) => {
    if (!isStateDirectory(dir)) throw await noDaemonError(dir, typed);
    const platform = nodePlatform();
    const { files, host, clock, random } = platform;
    const lock = await lockDirectory(dir, { files, host, clock, nonce: random.uuidV7(clock.now()) });
    try {
      const chain = await openChain({ files, clock, random, dir, begin: false });
      try {
        return { ...(await use(chain, params)) };
      } finally {
        await chain.close();
      }
    } finally {
      await lock.release();
    }
  };
};

/** Proves one event. @throws `API_NO_DAEMON` where no kernel ran yet, `KERNEL_LOCKED`, and as `openChain` and `Chain.proof` */
export const proof: OfflineAnswer = opened(
  async (chain, { sequence, from }) => await chain.proof(numberOf(sequence) ?? 0, { from: numberOf(from) }),
);

/** Proves growth. @throws as `proof`, and `Chain.consistency` */
export const consistency: OfflineAnswer = opened(
  async (chain, { from, to }) => await chain.consistency(numberOf(from) ?? 0, numberOf(to)),
);

/** Copies the chain out. @throws as `proof`, and `Chain.export` */
export const copy: OfflineAnswer = opened(async (chain, { format, output }) =>
  chain.export({ format: formats.find((one) => one === format) ?? "rvf", output: String(output) }),
);

/** Lists the public keys. @throws as `proof` */
export const keys: OfflineAnswer = opened(async (chain) => {
  const history = await chain.keyHistory();
  return { keys: history.at(-1)?.keys ?? [], history };
});
