/**
 * Orders features by their needs, and finds what does not fit before anything starts. Pure: names and ports in, a plan out.
 * Only `needs` order; `uses` are bound late and may point anywhere.
 */
import type { AnyPort } from "@weftos/interface";
import { PortConflictError, PortCycleError, PortGapError } from "./port-errors.ts";

/** What the order depends on. */
export interface GraphNode {
  readonly name: string;
  readonly provides: readonly AnyPort[];
  readonly needs: readonly AnyPort[];
}

/** Features in an order that respects every need; among free ones, the order given. */
export interface FeaturePlan<Node extends GraphNode> {
  readonly order: readonly Node[];
  /** Name → names of the features that must have started before. */
  readonly after: ReadonlyMap<string, ReadonlySet<string>>;
}

/**
 * Plans the order of creation and start.
 *
 * @param nodes - features with distinct names
 * @param builtIn - names of single ports that the kernel itself provides; nobody else may
 * @param fallback - names of single ports that the kernel provides when no feature does
 * @throws `PORT_CONFLICT`, `PORT_GAP`, `PORT_CYCLE`
 */
export function planFeatures<Node extends GraphNode>(
  nodes: readonly Node[],
  builtIn: ReadonlySet<string>,
  fallback: ReadonlySet<string>,
): FeaturePlan<Node> {
  const providers = providersOf(nodes, builtIn);
  checkGaps(nodes, (port) => providers.has(port) || builtIn.has(port) || fallback.has(port));
  const after = new Map(nodes.map((node) => [node.name, predecessors(node, providers)]));
  return { order: sort(nodes, after), after };
}

function providersOf(nodes: readonly GraphNode[], builtIn: ReadonlySet<string>): Map<string, string[]> {
  const providers = new Map<string, string[]>();
  for (const node of nodes) {
    for (const port of node.provides) {
      const known = providers.get(port.name) ?? [];
      known.push(node.name);
      providers.set(port.name, known);
      const others = builtIn.has(port.name) ? ["kernel", ...known] : known;
      if (port.arity === "one" && others.length > 1) {
        throw new PortConflictError(
          `the port ${port.name} takes one provider, got ${others.length}: ${others.join(", ")}`,
          { details: { port: port.name, features: others } },
        );
      }
    }
  }
  return providers;
}

function checkGaps(nodes: readonly GraphNode[], provided: (port: string) => boolean): void {
  for (const node of nodes) {
    for (const port of node.needs) {
      if (port.arity === "many" || provided(port.name)) continue;
      const neededBy = nodes.filter((other) => other.needs.some((need) => need.name === port.name)).map((n) => n.name);
      throw new PortGapError(`no feature provides the port ${port.name}, which ${neededBy.join(", ")} needs`, {
        details: { port: port.name, neededBy },
      });
    }
  }
}

function predecessors(node: GraphNode, providers: ReadonlyMap<string, readonly string[]>): Set<string> {
  const before = new Set<string>();
  for (const port of node.needs) {
    for (const provider of providers.get(port.name) ?? []) {
      // Another provider of a port it provides too is a peer; needing one's own single port is a circle.
      if (provider !== node.name || port.arity === "one") before.add(provider);
    }
  }
  return before;
}

function sort<Node extends GraphNode>(
  nodes: readonly Node[],
  after: ReadonlyMap<string, ReadonlySet<string>>,
): readonly Node[] {
  const order: Node[] = [];
  const placed = new Set<string>();
  let waiting = [...nodes];
  while (waiting.length > 0) {
    const free = waiting.find((node) => [...(after.get(node.name) ?? [])].every((name) => placed.has(name)));
    if (free === undefined) throw cycleError(waiting, after);
    order.push(free);
    placed.add(free.name);
    waiting = waiting.filter((node) => node !== free);
  }
  return order;
}

function cycleError(stuck: readonly GraphNode[], after: ReadonlyMap<string, ReadonlySet<string>>): PortCycleError {
  const byName = new Map(stuck.map((node) => [node.name, node]));
  const path: string[] = [];
  let current = stuck[0];
  // Each stuck feature waits for another stuck one, so that the walk must come back to where it was.
  while (current !== undefined && !path.includes(current.name)) {
    path.push(current.name);
    const next: string | undefined = [...(after.get(current.name) ?? [])].find((name) => byName.has(name));
    current = next === undefined ? undefined : byName.get(next);
  }
  const start = current?.name ?? "";
  const features = [...path.slice(path.indexOf(start)), start];
  const ports = features
    .slice(0, -1)
    .map((name, index) => sharedPort(byName.get(name), byName.get(features[index + 1] ?? "")));
  return new PortCycleError(
    `features need each other in a circle: ${features.join(" → ")} (ports ${ports.join(", ")})`,
    {
      details: { features, ports },
    },
  );
}

function sharedPort(needer: GraphNode | undefined, provider: GraphNode | undefined): string {
  return needer?.needs.find((need) => provider?.provides.some((port) => port.name === need.name))?.name ?? "";
}
