/** Answers the methods that only read the chain from the files, for when no kernel answers: a law that is refused hides nothing. */
import { closedChainMethods } from "@weftos/exochain";
import type { JsonObject } from "@weftos/interface";
import { nodePlatform } from "@weftos/platform";
import type { OfflineAnswer } from "../commands/command.ts";
import { isStateDirectory, noDaemonError } from "./no-daemon.ts";

const reads = (method: string): OfflineAnswer => {
  return async (dir, params, typed) => {
    if (!isStateDirectory(dir)) throw await noDaemonError(dir, typed);
    const { files, clock } = nodePlatform();
    const methods = await closedChainMethods(files, dir, clock);
    const found = methods.find(({ name }) => name === method);
    const caller = {
      subject: { kind: "principal", id: "owner" },
      role: "viewer",
      signal: new AbortController().signal,
    } as const;
    return (await found?.call(params, caller)) as JsonObject;
  };
};

/** Gives the last events. @throws `API_NO_DAEMON` where no kernel ran yet, `CHAIN_ABSENT`, `CHAIN_DAMAGED`, `CHAIN_TRUNCATED`, `CHAIN_REPAIR_UNFINISHED` */
export const tail: OfflineAnswer = reads("chain.tail");

/** Finds events. @throws as `tail` */
export const query: OfflineAnswer = reads("chain.query");

/** Shows one action. @throws as `tail`, `CHAIN_EVENT_NOT_FOUND` */
export const action: OfflineAnswer = reads("action.show");
