// The tree's part of the method table.
import type { JsonValue, Method } from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import { accessMethods } from "./access-methods.ts";
import { ResourceNotFoundError } from "./resource-errors.ts";
import { nameOf, parentOf } from "./resource-path.ts";
import type { Resources } from "./resources.ts";
import { AGENTS, isKind, STANDARD_KINDS } from "./standard-nodes.ts";
import { resourceJson } from "./tree-view.ts";

const MAX_LISTED = 10_000;
const path = z.string().check(z.minLength(1), z.maxLength(1024));
const kind = z.string().check(
  z.maxLength(80),
  z.refine((text: string) => isKind(text), `expected one of ${STANDARD_KINDS.join(", ")}, or custom:<name>`),
);
const limit = (most: number, usual: number) => z._default(z.int().check(z.minimum(1), z.maximum(most)), usual);

/** Makes the methods `resource.*`. */
export function resourceMethods(tree: Resources): Method[] {
  return [
    ...accessMethods(tree),
    defineMethod({
      name: "resource.tree",
      description: "Lists the resource tree from a path down, each node before its children",
      role: "viewer",
      mutates: false,
      input: z.strictObject({
        path: z._default(path, "/"),
        depth: z.optional(z.int().check(z.minimum(0), z.maximum(32))),
        limit: limit(MAX_LISTED, 1000),
      }),
      run(input) {
        const nodes = tree.list(input.path, input.depth);
        return { root: tree.root, total: nodes.length, nodes: nodes.slice(0, input.limit).map(resourceJson) };
      },
    }),
    defineMethod({
      name: "resource.inspect",
      description: "Shows one node, and proves that it is in the tree",
      role: "viewer",
      mutates: false,
      input: z.strictObject({ path }),
      async run(input) {
        const node = tree.find(input.path);
        if (node === undefined) {
          throw new ResourceNotFoundError(`there is no resource ${input.path}`, { details: { path: input.path } });
        }
        const pid = node.kind === "agent" && parentOf(node.path) === AGENTS ? Number(nameOf(node.path)) : undefined;
        return {
          ...resourceJson(node),
          lineage: pid === undefined ? null : ((await tree.lineage(pid)) as unknown as JsonValue),
          proof: tree.prove(input.path) as unknown as JsonValue,
        };
      },
    }),
    defineMethod({
      name: "resource.history",
      description: "Gives the events that changed a path, newest first, also of a node that is gone",
      role: "viewer",
      mutates: false,
      input: z.strictObject({ path, limit: limit(1000, 100) }),
      run: async (input) => ({ path: input.path, events: await tree.history(input.path, { limit: input.limit }) }),
    }),
    defineMethod({
      name: "resource.event",
      description: "Gives what one event of the chain changed in the tree",
      role: "viewer",
      mutates: false,
      input: z.strictObject({ sequence: z.int().check(z.minimum(0)) }),
      run: async ({ sequence }) => ({ sequence, changes: await tree.changesOf(sequence) }),
    }),
    defineMethod({
      name: "resource.stats",
      description: "Counts the nodes of the resource tree by kind",
      role: "viewer",
      mutates: false,
      input: z.strictObject({}),
      run: () => tree.stats(),
    }),
    defineMethod({
      name: "resource.score",
      description: "Gives the scores of a node, and the mean of its children",
      role: "viewer",
      mutates: false,
      input: z.strictObject({ path }),
      run: (input) => tree.score(input.path),
    }),
    defineMethod({
      name: "resource.rank",
      description: "Lists nodes by their composite score, the highest first",
      role: "viewer",
      mutates: false,
      input: z.strictObject({ under: z._default(path, "/"), kind: z.optional(kind), limit: limit(1000, 20) }),
      run: ({ under, kind: wanted, limit: most }) => ({
        resources: tree.rank({ under, kind: wanted !== undefined && isKind(wanted) ? wanted : undefined, limit: most }),
      }),
    }),
    defineMethod({
      name: "resource.verify",
      description: "Folds the chain from its first event and compares the tree",
      role: "viewer",
      mutates: false,
      input: z.strictObject({}),
      run: (_input, { signal }) => tree.verify({ signal }),
    }),
  ];
}
