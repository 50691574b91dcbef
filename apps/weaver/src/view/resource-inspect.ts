/** Shows `resource.inspect`. */
import type { JsonObject } from "@weftos/interface";
import type { View } from "../commands/command.ts";
import { objectOf, objectsOf, shown } from "./fields.ts";
import { score, scoreNames } from "./resource-scores.ts";
import { renderFields } from "./table.ts";

export const view: View = (result, { style, typed }) => {
  const node = objectOf(result);
  const scores = objectOf(node.scores);
  const proof = objectOf(node.proof);
  const path = shown(node.path);
  const facts = Object.entries(objectOf(node.metadata)).map(([name, value]) => `${shown(name)} ${shown(value)}`);
  const steps = objectsOf(proof.above).reduce((sum, { steps: each }) => sum + objectsOf(each).length, 0);
  return renderFields(
    [
      ["path", style.strong(path)],
      ["kind", shown(node.kind)],
      ["facts", facts.length === 0 ? "none" : facts.join("\n")],
      ["scores", scoreNames.map((name) => `${name} ${score(scores[name])}`).join(", ")],
      ["children", shown(node.children)],
      ["access", access(objectsOf(node.access))],
      ...(node.lineage === undefined || node.lineage === null
        ? []
        : [["lineage", lineage(objectsOf(node.lineage))] as [string, string]]),
      ["made by", event(shown(node.created))],
      ["changed by", event(shown(node.changed))],
      ["hash", shown(node.hash)],
      ["proof", `${steps} steps to the root ${shown(proof.root)}`],
      ["more", typed(`resource history ${path}`)],
    ],
    style.faint,
  );
};

function access(entries: readonly JsonObject[]): string {
  if (entries.length === 0) return "no entries of its own";
  return entries
    .map(({ effect, subject, permissions }) => `${shown(effect)} ${shown(subject)} ${listed(permissions)}`)
    .join("\n");
}

function listed(value: JsonObject[string] | undefined): string {
  return Array.isArray(value) ? value.map(shown).join(", ") : shown(value);
}

/** The agent first, then who started it, and so on to one that the kernel started. */
function lineage(steps: readonly JsonObject[]): string {
  if (steps.length === 0) return "nothing is recorded of it";
  return steps
    .map(
      ({ pid, name, depth, lives }) =>
        `${shown(pid)} ${shown(name)}, depth ${shown(depth)}${lives === true ? "" : ", ended"}`,
    )
    .join("\nstarted by ");
}

function event(sequence: string): string {
  return sequence === "-" ? "no event: it belongs to every tree" : `event ${sequence}`;
}
