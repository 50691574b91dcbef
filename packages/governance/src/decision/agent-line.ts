/**
 * Who an agent is, and who is above it in its spawn tree. A name is the free choice of whoever starts an agent, so a rule that
 * restricts an agent holds for all that it starts, under whatever names; one that permits holds for those alone that it names.
 */
import type { Subject } from "@weftos/interface";
import type { Rule } from "../policy/rule-schema.ts";
import type { Facts } from "./facts.ts";

/** Parents above a process that are looked at: as deep as no tree is. */
const MAX_DEPTH = 1024;

/** What is asked of the facts. */
type Known = Pick<Facts, "process">;

/** Whether a rule that names agents holds for those below them too. */
export function reachesBelow({ outcome }: Pick<Rule, "outcome">): boolean {
  return outcome.kind !== "permit";
}

/**
 * Finds the first name that fits, from the agent itself upwards.
 *
 * @param above - whether those above it count too
 * @returns undefined when none fits, and for what is no process
 * @throws Error when it depends on a process that is not known
 */
export function nameInLine(
  { kind, id }: Subject,
  facts: Known,
  above: boolean,
  fits: (name: string) => boolean,
): string | undefined {
  if (kind !== "process") return undefined;
  let next = id;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const process = facts.process(next);
    if (process === undefined) throw new Error("the process is not known, or one above it");
    if (fits(process.name)) return process.name;
    const parent = above ? process.parent : undefined;
    if (parent === undefined || parent === 0) return undefined;
    next = String(parent);
  }
  throw new Error("there are too many processes above it");
}

/** Names an agent and all above it. @throws Error when one of them is not known */
export function agentLine(subject: Subject, facts: Known): readonly string[] {
  const names: string[] = [];
  nameInLine(subject, facts, true, (name) => {
    names.push(name);
    return false;
  });
  return names;
}
