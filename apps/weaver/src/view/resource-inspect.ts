/** Shows `resource.inspect`. */
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
      ["made by", event(shown(node.created))],
      ["changed by", event(shown(node.changed))],
      ["hash", shown(node.hash)],
      ["proof", `${steps} steps to the root ${shown(proof.root)}`],
      ["more", typed(`resource history ${path}`)],
    ],
    style.faint,
  );
};

function event(sequence: string): string {
  return sequence === "-" ? "no event: it belongs to every tree" : `event ${sequence}`;
}
