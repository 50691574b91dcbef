/** The commands on the resource tree. */
import type { JsonObject, JsonValue } from "@weftos/interface";
import { numberOption, textOption } from "../arguments/values.ts";
import type { ArgumentSpec, MethodCommand } from "./command.ts";

const MAX_LISTED = 10_000;
const MAX_RANKED = 1000;
const MAX_DEPTH = 32;
/** A chain of millions of events takes its time. */
const VERIFY_TIMEOUT_MS = 3_600_000;

const pathArgument: ArgumentSpec = { name: "path", description: "path of a resource, as `resource tree` shows it" };

const onPath = (verb: string, summary: string, example: string, view: MethodCommand["view"]): MethodCommand => ({
  name: `resource ${verb}`,
  summary,
  arguments: [pathArgument],
  examples: [[`resource ${verb} /kernel/agents`, example]],
  method: `resource.${verb}`,
  params: ([path = ""]) => ({ path }),
  view,
  withoutDaemon: "boot",
});

export const resourceCommands: readonly MethodCommand[] = [
  {
    name: "resource tree",
    summary: "show what there is: namespaces, services, tools, agents, apps",
    arguments: [{ name: "path", description: "where to begin (default: /)", optional: true }],
    options: {
      depth: { value: "<n>", description: "how many levels below (default: all)" },
      limit: { value: "<n>", description: `how many nodes, 1 to ${MAX_LISTED} (default: 1000)` },
    },
    examples: [
      ["resource tree", "all of it, and the root that commits to it"],
      ["resource tree /kernel/tools --depth 1", "one level"],
    ],
    method: "resource.tree",
    params: ([path], values) =>
      given({
        path,
        depth: numberOption(values, "depth", 0, MAX_DEPTH),
        limit: numberOption(values, "limit", 1, MAX_LISTED),
      }),
    view: () => import("../view/resource-tree.ts"),
    withoutDaemon: "boot",
  },
  onPath(
    "inspect",
    "show one resource; with --json also the proof that it is in the tree",
    "kind, facts, scores, hash",
    () => import("../view/resource-inspect.ts"),
  ),
  {
    ...onPath(
      "history",
      "show the events that changed a resource",
      "newest first; also of one that is gone",
      () => import("../view/resource-history.ts"),
    ),
    options: { limit: { value: "<n>", description: `how many events, 1 to ${MAX_RANKED} (default: 100)` } },
    params: ([path], values) => given({ path, limit: numberOption(values, "limit", 1, MAX_RANKED) }),
  },
  {
    name: "resource stats",
    summary: "count the resources by kind",
    examples: [["resource stats", "how many of which kind, and the root"]],
    method: "resource.stats",
    view: () => import("../view/resource-stats.ts"),
    withoutDaemon: "boot",
  },
  onPath(
    "score",
    "show the scores of a resource and the mean of those below it",
    "trust, performance and the others",
    () => import("../view/resource-score.ts"),
  ),
  {
    name: "resource rank",
    summary: "list resources by their score, the highest first",
    options: {
      under: { value: "<path>", description: "only at and below this path (default: /)" },
      kind: { value: "<kind>", description: "only of this kind, such as agent or tool" },
      limit: { value: "<n>", description: `how many, 1 to ${MAX_RANKED} (default: 20)` },
    },
    examples: [["resource rank --kind agent", "the agents that did best so far"]],
    method: "resource.rank",
    params: (_words, values) =>
      given({
        under: textOption(values, "under"),
        kind: textOption(values, "kind"),
        limit: numberOption(values, "limit", 1, MAX_RANKED),
      }),
    view: () => import("../view/resource-rank.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "resource verify",
    summary: "build the tree from the chain anew and compare; exit 1 when it differs",
    examples: [["resource verify", "every change, and the root after each"]],
    method: "resource.verify",
    view: () => import("../view/resource-verify.ts"),
    withoutDaemon: "boot",
    timeoutMs: VERIFY_TIMEOUT_MS,
    failed: (result) => typeof result !== "object" || result === null || !("valid" in result) || result.valid !== true,
  },
];

/** Leaves out what was not given. */
function given(params: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  const entries = Object.entries(params).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}
