// Decides whether somebody may do something with a resource: from the access lists of the node and those above it, and the
// certificates that somebody was given. A deny anywhere between the node and the root wins; without an allow it is no.
import type { Role, Subject } from "@weftos/interface";
import { type AccessEntry, type Permission, rolesOf, subjectName } from "./access-entry.ts";
import { covers } from "./delegation.ts";
import type { DelegationBook } from "./delegation-book.ts";
import { nameIn } from "./lineage.ts";
import type { ResourceNodes } from "./resource-nodes.ts";
import { checkPath, isWithin } from "./resource-path.ts";
import { agentPath } from "./standard-nodes.ts";

/** Why somebody may, or may not. */
export type AccessReason =
  | "kernel"
  | "admin"
  | "allow"
  | "delegation"
  | "deny"
  | "default"
  | "unknown-subject"
  | "not-found";

/** An answer, and what it rests on. */
export interface AccessDecision {
  readonly allowed: boolean;
  /**
   * `kernel`: the kernel may all; `admin`: so may principals of that role, save what is denied; `allow`, `deny`: by `entry` at
   * `at`; `delegation`: by a certificate; `default`: nothing allows it; `unknown-subject`: no such process runs;
   * `not-found`: there is no such resource.
   */
  readonly reason: AccessReason;
  /** Path of the node whose list decided. */
  readonly at?: string | undefined;
  readonly entry?: AccessEntry | undefined;
  /** Id of the certificate that decided. */
  readonly delegation?: string | undefined;
}

/** What is decided from. */
export interface AccessGround {
  readonly nodes: ResourceNodes;
  readonly book: DelegationBook;
  readonly now: number;
  /** Chain id, hex. */
  readonly chain: string;
}

/** The names that a list may call somebody. */
interface Known {
  readonly names: ReadonlySet<string>;
  readonly admin: boolean;
}

/** Decides. @throws `TREE_PATH_INVALID` */
export function decideAccess(
  ground: AccessGround,
  subject: Subject,
  path: string,
  permission: Permission,
): AccessDecision {
  const { nodes, book } = ground;
  if (nodes.find(checkPath(path)) === undefined) return { allowed: false, reason: "not-found" };
  if (subject.kind === "kernel") return { allowed: true, reason: "kernel" };
  const known = knownAs(subject, nodes);
  if (known === undefined) return { allowed: false, reason: "unknown-subject" };
  const own = byLists(nodes, known, path, permission);
  if (own.allowed || own.reason === "deny") return own;
  for (const { certificate } of book.to(nodes, known.names)) {
    if (!isWithin(path, certificate.path) || !covers(certificate.permissions, permission)) continue;
    if (holds(ground, certificate.id, path, permission)) {
      return { allowed: true, reason: "delegation", delegation: certificate.id };
    }
  }
  return own;
}

/** Tells whether a certificate gives a permission on a path now: all above it hold, and nobody in the line is denied it. */
export function holds(ground: AccessGround, id: string, path: string, permission: Permission): boolean {
  const { nodes, book, now, chain } = ground;
  const { links, fault } = book.links(nodes, id, now, chain);
  const first = links.at(-1);
  if (fault !== undefined || first === undefined) return false;
  for (const { to } of links.slice(1)) {
    if (byLists(nodes, namesOf(to, null), path, permission).reason === "deny") return false;
  }
  if (first.grantor === "kernel") return true;
  // A process that ended passes nothing on any more.
  if (first.grantor.startsWith("pid:")) {
    const known = knownAs({ kind: "process", id: first.grantor.slice(4) }, nodes);
    return known !== undefined && byLists(nodes, known, path, permission).allowed;
  }
  return byLists(nodes, namesOf(first.grantor, first.role), path, permission).allowed;
}

/** What lists call a subject; undefined for a process that is not in the tree. */
function knownAs(subject: Subject, nodes: ResourceNodes): Known | undefined {
  const name = subjectName(subject);
  if (subject.kind !== "process") return namesOf(name, subject.kind === "principal" ? (subject.role ?? null) : null);
  const node = /^[1-9]\d{0,15}$/.test(subject.id) ? nodes.find(agentPath(Number(subject.id))) : undefined;
  if (node?.kind !== "agent") return undefined;
  return { names: new Set([name, `agent:${nameIn(node.metadata)}`, "*"]), admin: false };
}

function namesOf(name: string, role: Role | null): Known {
  const roles = role === null ? [] : rolesOf(role).map((each) => `role:${each}`);
  return { names: new Set([name, ...roles, "*"]), admin: role === "admin" };
}

function byLists(nodes: ResourceNodes, { names, admin }: Known, path: string, permission: Permission): AccessDecision {
  let allowed: AccessDecision | undefined;
  for (let node = nodes.find(path); node !== undefined; node = node.parent) {
    for (const entry of node.access) {
      if (!names.has(entry.subject) || (entry.here === true && node.path !== path)) continue;
      // Who is denied anything may not do all.
      const denied = entry.effect === "deny" && permission === "*";
      if (!denied && !covers(entry.permissions, permission)) continue;
      const decided = { reason: entry.effect, at: node.path, entry } as const;
      if (entry.effect === "deny") return { allowed: false, ...decided };
      allowed ??= { allowed: true, ...decided };
    }
  }
  if (allowed !== undefined) return allowed;
  return admin ? { allowed: true, reason: "admin" } : { allowed: false, reason: "default" };
}
