// What an opening must write before anybody else does: the signature that a rotation of keys lacks, a genesis, what was cut.
import type { JsonObject } from "@weftos/interface";
import { GENESIS, genesisPayload, RECOVERED, type Succession } from "../format/chain-event.ts";
import type { ChainSigner } from "../keys/chain-signer.ts";
import { installKeys } from "../keys/key-files.ts";
import type { ChainParts } from "./assemble-chain.ts";
import type { LoadedChain } from "./load-chain.ts";
import { errorCode } from "./publisher.ts";

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
  parts: ChainParts,
  loaded: LoadedChain,
  { existed, next, continues }: Opening,
): Promise<void> {
  const { init, logger, signer, writer, publisher, redactions } = parts;
  const { state, torn, acked, checkpointStale, unfinished } = loaded;
  const adopted = await adopt(parts, loaded);
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
  // A checkpoint must not be published before its record is on the disk for sure.
  if (adopted && checkpointStale && state.checkpointNote !== undefined) publisher.publish(state.checkpointNote);
  await last;
  await redactions.finish(unfinished);
}

/** Acknowledges what a crash left whole but not acknowledged. @returns whether all that was found is */
async function adopt({ pairs, logger }: ChainParts, { state, acked }: LoadedChain): Promise<boolean> {
  const same =
    acked?.events === state.size &&
    acked.first === state.first &&
    acked.eventBytes === state.eventBytes &&
    acked.contentBytes === state.contentBytes;
  if (same || state.size === 0) return true;
  try {
    await pairs.adopt(state.size, state.head);
    return true;
  } catch (error) {
    // The next commit syncs and acknowledges, or tells that the disk fails.
    logger.warn("what a crash left was not acknowledged", { error: errorCode(error) });
    return false;
  }
}
