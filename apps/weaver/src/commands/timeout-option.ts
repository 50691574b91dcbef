import type { OptionSpec } from "./command.ts";

/** How long a command waits; the same on every command that does. */
export const timeoutOption: OptionSpec = { value: "<ms>", description: "how long to wait, in milliseconds" };
