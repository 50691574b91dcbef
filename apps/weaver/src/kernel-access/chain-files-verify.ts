/** Answers `chain.verify` from the files, for when no kernel answers. */
import { parseKeys, readResumePoint, verifyChain } from "@weftos/exochain";
import { nodePlatform } from "@weftos/platform";
import type { OfflineAnswer } from "../commands/command.ts";
import { lockHolder } from "./lock-holder.ts";

/** Verifies the chain. @throws `CHAIN_ABSENT` */
export const answer: OfflineAnswer = async (dir, params) => {
  const { head, checkpoint, resume } = params;
  const keys = parseKeys(params.keys);
  const pins = {
    ...(typeof head === "string" && { head }),
    ...(typeof checkpoint === "string" && { checkpoint }),
    ...(keys !== undefined && { keys }),
    ...(resume !== undefined && { resume: readResumePoint(resume) }),
  };
  // A kernel without a socket may be writing: then what lies behind its acknowledged end is its work, not damage.
  const live = (await lockHolder(dir))?.alive === true;
  const result = await verifyChain(nodePlatform().files, dir, { live, ...pins });
  const { assurance, faults, resume: reached, ...rest } = result;
  return {
    ...rest,
    ...(assurance === undefined ? {} : { assurance }),
    ...(reached === undefined ? {} : { resume: { ...reached } }),
    faults: faults.map((fault) => ({ ...fault })),
  };
};
