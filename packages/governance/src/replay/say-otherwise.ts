/** Says in sentences what would have changed a decision. */
import { concludeWith, type Otherwise, singleChanges, smallestChange, type ThoughtOver } from "./what-otherwise.ts";

/** A rule with its parts as they were explained. */
export interface SaidRule {
  readonly id: string;
  readonly parts: readonly {
    readonly part: string;
    readonly wanted: string;
    readonly had: string;
    readonly holds: boolean | "unknown";
  }[];
}

/** Says what would have changed it. Where the rules shown conclude another decision, they did not make it: then that is said. */
export function sayOtherwise(
  of: ThoughtOver,
  reason: string,
  rules: readonly SaidRule[],
  policy: "then" | "now",
): readonly string[] {
  const { verdict } = concludeWith(of, { without: [] });
  if (verdict !== of.verdict) {
    if (policy === "now") return [`${verdict}, by the rules of now`];
    return [`${verdict}, by the rules that matched alone: what decided is that ${reason}`];
  }
  const singles = singleChanges(of).flatMap((change) => singleSentences(change, of, rules));
  if (singles.length > 0 && of.verdict !== "permit") return singles;
  const smallest = smallestChange(of);
  if (smallest === undefined) return singles;
  // What is permitted would be refused over a limit: beside that, the rules are told that let it pass together.
  if (singles.length > 0) return smallest.without.length > 1 ? [sentence(smallest, of), ...singles] : singles;
  return [stillSentence(smallest, of), sentence(smallest, of)];
}

/** A rule that had not matched is told by its parts, each of which would have done. */
function singleSentences(change: Otherwise, of: ThoughtOver, rules: readonly SaidRule[]): readonly string[] {
  const { verdict, without } = change;
  const explained = rules.find(({ id }) => id === without[0]?.id);
  if (explained === undefined) return [sentence(change, of)];
  if (explained.parts.length === 0) return [`${verdict}, without ${explained.id}, which matches everything`];
  const told = explained.parts.filter(({ holds }) => holds === true);
  if (told.length === 0) return [sentence(change, of)];
  return told.map(
    ({ part, wanted, had }) => `${verdict}, had ${part} not been ${had} (${explained.id} asks for ${wanted})`,
  );
}

/** What is left of it after the first of several changes alone. */
function stillSentence({ without: [first] }: Otherwise, of: ThoughtOver): string {
  const alone = { without: first === undefined ? [] : [first] };
  return `no single change: ${of.verdict} still, had ${first?.id} alone not matched (${concludeWith(of, alone).reason})`;
}

function sentence({ verdict, without, within, over }: Otherwise, { engine, size }: ThoughtOver): string {
  const { threshold, maxMagnitude, name } = engine.environment;
  const ids = without.map(({ id }) => id);
  const rules = ids.length > 1 ? [`none of ${ids.join(", ")} matched`] : ids.map((id) => `${id} not matched`);
  const most = `the ${maxMagnitude} that rules may permit in ${name}`;
  const limit = `the threshold ${threshold} of ${name}`;
  const upTo = within === "threshold" && threshold < maxMagnitude ? limit : most;
  const its = `its magnitude ${size.toFixed(3)} been`;
  const parts = [
    ...rules,
    ...(within === undefined ? [] : [`${its} at most ${upTo}`]),
    ...(over === undefined ? [] : [`${its} over ${over === "threshold" ? limit : most}`]),
  ];
  const permitted = within === "threshold" && size <= maxMagnitude ? ", or a rule permitted it" : "";
  return `${verdict}, had ${parts.join(" and ")}${permitted}`;
}
