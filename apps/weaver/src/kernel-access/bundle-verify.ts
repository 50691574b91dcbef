/** Answers `chain verify --bundle`: one document, offline, without kernel and state directory. */
import { parseKeys, verifyProof } from "@weftos/exochain/verify";
import { fileOption, keysOption, noteOption } from "../arguments/read-option.ts";
import { textOption } from "../arguments/values.ts";
import type { AnswerHere } from "../commands/command.ts";
import { UsageError } from "../failure/usage-error.ts";

/** Checks the bundle against what else was given. @throws `API_USAGE` when a file cannot be read */
export const answer: AnswerHere = async (values) => {
  const bundle = fileOption(values, "bundle") ?? "";
  const described = keysOption(values, "keys");
  const keys = parseKeys(described);
  if (described !== undefined && keys === undefined)
    throw new UsageError(
      "--keys holds no Ed25519 and ML-DSA-65 key with their ids",
      "`weaver chain proof` writes them",
    );
  const checkpoint = noteOption(values, "checkpoint");
  const result = await verifyProof(bundle, { keys, checkpoint, head: textOption(values, "head") });
  if (!result.valid) return { bundle: true, ...result };
  const { event, ...rest } = result;
  const { actor } = event;
  return {
    bundle: true,
    ...rest,
    event: {
      sequence: event.sequence,
      hash: event.hash,
      time: event.time,
      source: event.source,
      kind: event.kind,
      actor: {
        node: actor.node,
        principal: actor.principal ?? null,
        pid: actor.pid ?? null,
        agent: actor.agent ?? null,
      },
      payload: event.payload ?? null,
      redacted: event.redacted,
    },
  };
};
