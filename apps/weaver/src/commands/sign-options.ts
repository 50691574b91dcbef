/** The options of commands that sign. */
import type { OptionSpec } from "./command.ts";

export const signOptions: Readonly<Record<string, OptionSpec>> = {
  as: { value: "<principal>", description: "who signs (default: whose token WEAVER_TOKEN is, or the owner)" },
  key: { value: "<file>", path: true, description: "their key (default: keys/principals/<name>.ed25519 there)" },
};

/** An approval that was given for exactly this. */
export const approvalOption: OptionSpec = {
  value: "<id>",
  description: "an approval granted for exactly this (default: it is found)",
};

/** Who else agrees to a change of who is known. */
export const consentOption: OptionSpec = {
  value: "<names>",
  description: "others who agree, with their keys: bob or bob=<file>, with commas (keys are at keys/principals there)",
};
