// Which events may change the tree, and how. The list is closed: `tree` in the payload of any other kind means nothing, so
// that nobody's own field is taken for a change.
import { isWithin } from "./resource-path.ts";
import { AGENTS, DELEGATIONS } from "./standard-nodes.ts";

export const RECONCILE = "resource.reconcile";
export const CHANGE = "resource.change";
export const ACL = "resource.acl";
export const DELEGATE = "resource.delegate";
export const REVOKE = "resource.revoke";

/** Kinds whose changes somebody asked for: the outcome of a guarded action proposes them. */
export const ASKED_KINDS: ReadonlySet<string> = new Set([CHANGE, ACL, DELEGATE, REVOKE]);

const AGENT_KINDS: ReadonlySet<string> = new Set(["agent.spawn", "agent.exit", "agent.lost", "agent.restart"]);

/** Kinds by which features say that what they keep comes, changes and goes. */
const FEATURE_KIND =
  /^(?:app|container|cron|device|environment|peer|service|tool|topic)\.(?:add|deploy|disable|edit|enable|install|register|remove|revoke|uninstall|unregister|update)$/;

const FEATURE_KINDS = new Map<string, boolean>();
const MAX_KNOWN = 4096;

/** Tells whether events of a kind may say what changed in the tree. */
export function isTreeKind(kind: string): boolean {
  return kind.startsWith("agent.")
    ? AGENT_KINDS.has(kind)
    : ASKED_KINDS.has(kind) || kind === RECONCILE || isFeatureKind(kind);
}

/** Tells whether a feature's own events of this kind may change its nodes. */
export function isFeatureKind(kind: string): boolean {
  const known = FEATURE_KINDS.get(kind);
  if (known !== undefined) return known;
  const is = FEATURE_KIND.test(kind);
  if (FEATURE_KINDS.size < MAX_KNOWN) FEATURE_KINDS.set(kind, is);
  return is;
}

/** Tells why an event of this kind may not make a change; undefined when it may. */
export function misplaced(
  kind: string,
  { op, path }: { readonly op: string; readonly path: string },
): string | undefined {
  const certificate = path !== DELEGATIONS && isWithin(path, DELEGATIONS);
  const agent = path !== AGENTS && isWithin(path, AGENTS);
  // What ended while nothing could be recorded goes with whatever comes next.
  if (op === "remove")
    return certificate && (kind === CHANGE || kind === ACL) ? `${kind} removes no delegation` : undefined;
  if ((op === "acl") !== (kind === ACL))
    return op === "acl" ? `${kind} changes no access` : `${kind} changes nothing but access`;
  if (op === "score") return kind === CHANGE ? undefined : `${kind} changes no scores`;
  const forDelegations = kind === DELEGATE || kind === REVOKE;
  if (certificate !== forDelegations && op !== "acl") return `${kind} does not make or change ${path}`;
  if (op === "create" && agent !== AGENT_KINDS.has(kind)) return `${kind} does not make ${path}`;
  return undefined;
}
