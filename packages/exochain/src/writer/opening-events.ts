// What an opening must write before anybody else does: the signature that a rotation of keys lacks, a genesis, what was cut.
import type { JsonObject } from "@weftos/interface";
import { GENESIS, genesisPayload, RECOVERED, type Succession } from "../format/chain-event.ts";
import type { ChainSigner } from "../keys/chain-signer.ts";
import { installKeys } from "../keys/key-files.ts";
import type { ChainParts } from "./assemble-chain.ts";
import type { LoadedChain } from "./load-chain.ts";

/** What an opening has to tell. */
export interface Opening {
  readonly existed: boolean;
  /** Keys of a rotation that lacks its signature. */
  readonly next: ChainSigner | undefined;
  /** The damaged chain that this one succeeds. */
  readonly continues: Succession | undefined;
}

/** Writes it, and resolves when it is on disk. */
export async function recordOpening(
  { init, logger, signer, writer, publisher, redactions }: ChainParts,
  { state, torn, acked, checkpointStale, unfinished }: LoadedChain,
  { existed, next, continues }: Opening,
): Promise<void> {
  if (next !== undefined) {
    await writer.finishRotation(next);
    await installKeys(init.files, init.dir);
  }
  let last: Promise<void> | undefined;
  const say = (kind: string, payload: JsonObject): void => {
    last = writer.appendOwn(kind, payload).durable;
  };
  const { chain } = writer.state;
  if (state.size === 0) say(GENESIS, genesisPayload(chain as Uint8Array, signer.keys, continues));
  if (torn !== undefined) {
    const { file, offset, bytes } = torn;
    logger.warn("torn tail cut", { file, offset, bytes });
    say(RECOVERED, { cause: "torn-tail", bytes, file, events: 0, error: "" });
  } else if (existed && acked === undefined && state.size > 0) {
    logger.warn("acknowledged length unknown", { events: state.size });
    say(RECOVERED, { cause: "acked-missing", bytes: 0, file: "", events: 0, error: "" });
  }
  if (checkpointStale && state.checkpointNote !== undefined) publisher.publish(state.checkpointNote);
  await last;
  await redactions.finish(unfinished);
}
