/** Answers `chain verify --consistency`: one document, offline, without kernel and state directory. */
import { parseKeys, verifyConsistency } from "@weftos/exochain/verify";
import { fileOption, keysOption, noteOption } from "../arguments/read-option.ts";
import { textOption } from "../arguments/values.ts";
import type { AnswerHere } from "../commands/command.ts";
import { UsageError } from "../failure/usage-error.ts";

/** Checks the document against what else was given. @throws `API_USAGE` when a file cannot be read */
export const answer: AnswerHere = async (values) => {
  if (textOption(values, "head") !== undefined)
    throw new UsageError("--head says nothing about consistency", "give --checkpoint and --newer");
  const described = keysOption(values, "keys");
  const keys = parseKeys(described);
  if (described !== undefined && keys === undefined)
    throw new UsageError(
      "--keys holds no Ed25519 and ML-DSA-65 key with their ids",
      "`weaver chain keys list --json` gives them",
    );
  const [older, newer] = [noteOption(values, "checkpoint"), noteOption(values, "newer")];
  const result = await verifyConsistency(fileOption(values, "consistency") ?? "", { older, newer, keys });
  return { consistency: true, ...result };
};
