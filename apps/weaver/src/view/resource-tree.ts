/** Shows `resource.tree`: nodes below each other, each with its kind and facts. */
import type { JsonObject } from "@weftos/interface";
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { cut } from "./table.ts";

export const view: View = (result, { style, width }) => {
  const whole = objectOf(result);
  const nodes = objectsOf(whole.nodes);
  const total = numberOf(whole.total) ?? nodes.length;
  const first = depthOf(nodes[0]);
  const lines = nodes.map((node, index) => {
    const path = shown(node.path);
    const indent = "  ".repeat(Math.max(0, depthOf(node) - first));
    const name = index === 0 ? path : path.slice(path.lastIndexOf("/") + 1);
    const room = Math.max(width - indent.length - name.length - 2, 12);
    return `${indent}${style.strong(name)}  ${style.faint(cut(factsOf(node), room))}`;
  });
  if (total > nodes.length) lines.push(`… and ${total - nodes.length} more: --limit, --depth`);
  return [...lines, "", `${style.faint("root")} ${shown(whole.root)}`].join("\n");
};

function depthOf(node: JsonObject | undefined): number {
  const path = shown(node?.path);
  return path === "/" ? 0 : path.split("/").length - 1;
}

function factsOf(node: JsonObject): string {
  const facts = Object.entries(objectOf(node.metadata)).map(([name, value]) => `${shown(name)}=${shown(value)}`);
  return [shown(node.kind), ...facts].join(" ");
}
