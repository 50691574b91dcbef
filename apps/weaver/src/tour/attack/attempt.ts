/** What became of a wish that went through the kernel. */
import { isWeftError } from "@weftos/interface";
import { safeParse, z } from "@weftos/schema";

/** One attempt, and how it ended. */
export type Attempt =
  | { readonly verdict: "done"; readonly what: string }
  | {
      readonly verdict: "deny";
      readonly what: string;
      readonly action: string;
      /** What refused: `capability`, `rule`, `threshold` or `default`. */
      readonly by: string;
      readonly rule: string | null;
      readonly reason: string;
    }
  | {
      readonly verdict: "defer";
      readonly what: string;
      readonly action: string;
      readonly rule: string | null;
      readonly approval: string;
      readonly reason: string;
    };

const refusal = z.object({
  action: z.string(),
  rules: z.array(z.string()),
  by: z.optional(z.string()),
  approval: z.optional(z.string()),
});

/** Tries something and tells what the kernel said. @throws what is neither a refusal nor a question to a person */
export async function attempt(what: string, run: () => Promise<unknown>): Promise<Attempt> {
  try {
    await run();
    return { verdict: "done", what };
  } catch (error) {
    if (!isWeftError(error)) throw error;
    const read = safeParse(refusal, error.details, "the details of a refusal");
    if (!read.ok) throw error;
    const { action, rules, by, approval } = read.value;
    const rule = rules[0] ?? null;
    const reason = reasonIn(error.message, rule);
    if (error.code === "APPROVAL_PENDING" && approval !== undefined) {
      return { verdict: "defer", what, action, rule, approval, reason };
    }
    if (error.code === "CAPABILITY_DENIED") return { verdict: "deny", what, action, by: "capability", rule, reason };
    if (error.code === "GOVERNANCE_DENIED") return { verdict: "deny", what, action, by: by ?? "rule", rule, reason };
    throw error;
  }
}

/** Gives what stands behind the name of the action and, where one spoke, that of the rule. */
function reasonIn(message: string, rule: string | null): string {
  const reason = message.slice(message.indexOf(": ") + 2);
  return rule !== null && reason.startsWith(`${rule}: `) ? reason.slice(rule.length + 2) : reason;
}
