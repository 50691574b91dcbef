/**
 * Takes out of a crash's message what an agent was given by its environment, which may be secrets: the name of the variable stands in
 * their place. Exit reasons go into the chain, the log, notices to others and answers to viewers.
 */
import type { ExitReason } from "@weftos/interface";

/** Shorter ones are no secrets that hold, and common words. */
const MIN_LENGTH = 8;

export function withoutSecrets(reason: ExitReason, environment: Readonly<Record<string, string>>): ExitReason {
  if (reason.kind !== "crash") return reason;
  let { error } = reason;
  for (const [name, value] of Object.entries(environment)) {
    if (value.length >= MIN_LENGTH) error = error.replaceAll(value, () => `$${name}`);
  }
  return error === reason.error ? reason : { ...reason, error };
}
