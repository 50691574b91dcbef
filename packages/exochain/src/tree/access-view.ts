// The part of the tree's interface that says and changes who may do what: access lists and certificates of delegation.
import { fromHex, toBase64, toHex } from "@weftos/crypto";
import type { JsonObject, JsonValue, Subject } from "@weftos/interface";
import { keyId } from "../format/key-set.ts";
import { type AccessGround, decideAccess, holds } from "./access-decision.ts";
import { type Permission, readPermissions, subjectName } from "./access-entry.ts";
import {
  type Delegation,
  type DelegationTerms,
  delegationBytes,
  delegationId,
  delegationJson,
  isReceiver,
  linkFault,
  MAX_LINKS,
} from "./delegation.ts";
import type { HeldDelegation } from "./delegation-book.ts";
import { knowKeys, type OpenTree } from "./open-tree.ts";
import {
  DelegationError,
  ResourceAccessError,
  ResourceChangeError,
  ResourceNotEmptyError,
  ResourceNotFoundError,
} from "./resource-errors.ts";
import { checkPath, parentOf } from "./resource-path.ts";
import type {
  DelegationWish,
  InheritedEntry,
  ResourceAsk,
  ResourceChange,
  ResourceDeps,
  Resources,
} from "./resources.ts";
import { DELEGATIONS } from "./standard-nodes.ts";
import { changeJson, readChanges, type TreeChange } from "./tree-change.ts";
import { ACL, DELEGATE, REVOKE } from "./tree-kinds.ts";

const kernel: Subject = { kind: "kernel", id: "0" };
const MAX_HELD = 10_000;
/** Expired certificates that a new one takes with it. */
const MAX_SWEPT = 100;
const MAX_LIFE_MS = 366 * 24 * 60 * 60 * 1000;

type Access = Pick<
  Resources,
  "allows" | "decide" | "access" | "changeAccess" | "delegate" | "delegations" | "delegation" | "revoke"
>;

/** Makes this part of the interface. */
export function accessTo(tree: () => OpenTree, { guard, clock, signer }: ResourceDeps): Access {
  const groundAt = (now: number): AccessGround => {
    const { log, delegations, chain } = tree();
    return { nodes: log.nodes, book: delegations, now, chain: chain.status().chainId };
  };
  const ground = (): AccessGround => groundAt(clock.now());
  return {
    allows: (subject, path, permission) => decideAccess(ground(), subject, path, permission).allowed,
    decide: (subject, path, permission) => decideAccess(ground(), subject, path, permission),
    access(path) {
      const entries: InheritedEntry[] = [];
      const first = ground().nodes.require(path);
      for (let node: typeof first | undefined = first; node !== undefined; node = node.parent) {
        for (const entry of node.access)
          if (node === first || entry.here !== true) entries.push({ at: node.path, entry });
      }
      return entries;
    },
    async changeAccess(path, { add = [], remove = [] }, ask = {}) {
      const said = changeJson({ op: "acl", path: checkPath(path), add, remove }, undefined);
      const changes = readChanges([said]);
      if (add.length + remove.length === 0) throw wrong(path, "entries", "at least one to add or remove");
      await guard.perform(
        { ...call(ACL, path, ask, { added: add.length, removed: remove.length }), display: shown(ACL, said) },
        () => {
          tree().log.catchUp();
          mustHoldAdmin(ground(), ask.by ?? kernel, path);
          ground().nodes.apply(changes)();
          return { changes };
        },
      );
      return { root: toHex(ground().nodes.root) };
    },
    async delegate(wish, ask = {}) {
      const path = checkPath(wish.path);
      const permissions = readPermissions(path, [...wish.permissions]);
      const { to, expiresAt, forMs, further = 0, under } = wish;
      if (!isReceiver(to)) throw wrong(path, "to", "principal:<name>, agent:<name>, pid:<number> or node:<id>");
      if ((expiresAt === undefined) === (forMs === undefined))
        throw wrong(path, "expiresAt", "a time, or instead with forMs how long from now on");
      const facts = {
        to,
        permissions: permissions.join(","),
        ...(forMs === undefined ? { expiresAt: expiresAt ?? 0 } : { forMs }),
        further,
        ...(under === undefined ? {} : { under }),
      };
      const { certificate } = await guard.perform(call(DELEGATE, path, ask, facts), async () => {
        const [keys] = await Promise.all([signer(), tree().delegations.keys.size === 0 ? knowKeys(tree()) : undefined]);
        tree().delegations.keys.set(toHex(keyId(keys.keys.ed25519)), keys.keys.ed25519);
        tree().log.catchUp();
        const terms = termsOf(
          ground(),
          { ...wish, path, permissions },
          ask.by ?? kernel,
          toHex(keyId(keys.keys.ed25519)),
        );
        const bytes = delegationBytes(terms);
        const { ed25519 } = await keys.sign(bytes);
        const certificate: Delegation = { ...terms, id: delegationId(bytes), signature: toBase64(ed25519) };
        const create: TreeChange = {
          op: "create",
          path: `${DELEGATIONS}/${certificate.id}`,
          kind: "custom:delegation",
          metadata: delegationJson(certificate),
        };
        const changes = [...sweep(ground()), create];
        ground().nodes.apply(changes)();
        return { changes, delegation: certificate.id, certificate };
      });
      return certificate;
    },
    delegations() {
      const at = ground();
      const { nodes, book, now, chain } = at;
      return book
        .list(nodes)
        .map(({ certificate, revokedAt, revokedBy }) => {
          const { links, fault } = book.links(nodes, certificate.id, now, chain);
          const lost = fault === undefined && !grantorHolds(at, links);
          return { certificate, fault: lost ? ("grantor-lost" as const) : fault, revokedAt, revokedBy };
        })
        .sort(
          (a, b) => b.certificate.createdAt - a.certificate.createdAt || (a.certificate.id < b.certificate.id ? -1 : 1),
        );
    },
    delegation(id) {
      requireHeld(ground(), id);
      const { nodes, book, now, chain } = ground();
      return book.links(nodes, id, now, chain).links;
    },
    async revoke(id, ask = {}) {
      const { certificate } = requireHeld(ground(), id);
      const path = `${DELEGATIONS}/${id}`;
      const done = await guard.perform(call(REVOKE, certificate.path, ask, { delegation: id }), () => {
        tree().log.catchUp();
        const at = ground();
        mustRevoke(at, ask.by ?? kernel, id);
        const already = requireHeld(at, id).revokedAt !== undefined;
        const metadata = { revokedAt: at.now, revokedBy: subjectName(ask.by ?? kernel) };
        const changes: readonly TreeChange[] = already ? [] : [{ op: "update", path, metadata }];
        return { changes, delegation: id, below: below(at, id).length };
      });
      return { id, below: done.below };
    },
  };
}

/** A change of the tree that a list denies its subject is refused, whatever the role of who asks. */
export function mustNotBeDenied(access: Pick<Access, "decide">, by: Subject, changes: readonly ResourceChange[]): void {
  for (const { op, path } of changes) {
    const permission = op === "create" ? "create" : op === "remove" ? "delete" : "write";
    const at = op === "create" ? parentOf(checkPath(path)) : path;
    if (access.decide(by, at, permission).reason === "deny") throw refused(by, at, permission, "is denied to");
  }
}

function call<T extends { readonly changes: readonly TreeChange[]; readonly delegation?: string }>(
  action: string,
  path: string,
  { by = kernel, approval, signal }: ResourceAsk,
  attributes: Readonly<Record<string, string | number>>,
) {
  const summary = ({ changes, delegation }: T): JsonObject => ({
    changes: changes.map((change) => changeJson(change, undefined)) as JsonValue,
    ...(delegation === undefined ? {} : { delegation }),
  });
  return { action, subject: by, resource: path, attributes, approval, signal, summary };
}

function shown(action: string, change: JsonObject): string {
  return `${action} ${JSON.stringify(change, undefined, 2)}`;
}

function termsOf(
  ground: AccessGround,
  { path, to, permissions, forMs = 0, expiresAt = ground.now + forMs, further = 0, under }: DelegationWish,
  by: Subject,
  key: string,
): DelegationTerms {
  const { nodes, now, chain } = ground;
  nodes.require(path);
  if (!Number.isSafeInteger(expiresAt) || expiresAt <= now || expiresAt - now > MAX_LIFE_MS) {
    throw wrong(path, "expiresAt", "a time in the next 366 days");
  }
  if (!Number.isSafeInteger(further) || further < 0 || further >= MAX_LINKS) {
    throw wrong(path, "further", `0 to ${MAX_LINKS - 1}`);
  }
  const said = { chain, to, path, permissions, createdAt: now, expiresAt, further, key };
  if (under === undefined) {
    for (const permission of permissions) {
      const { allowed, reason } = decideAccess(ground, by, path, permission);
      // What one has by a certificate is passed on under it, so that it ends with it.
      if (!allowed || reason === "delegation") throw refused(by, path, permission, "cannot be passed on by");
    }
    const role = by.kind === "principal" ? (by.role ?? null) : null;
    return { ...said, grantor: subjectName(by), role, under: null, depth: 0 };
  }
  const { links, fault } = ground.book.links(nodes, under, now, chain);
  const [above] = links;
  if (fault !== undefined || above === undefined) throw invalidUnder(under, fault ?? "missing");
  if (!speaksFor(ground, by, above)) throw refused(by, path, permissions.join(","), "was not given to");
  const terms = { ...said, grantor: above.to, role: null, under, depth: above.depth + 1 };
  const wider = linkFault({ ...terms, id: "", signature: "" }, above);
  if (wider !== undefined) throw invalidUnder(under, wider);
  return terms;
}

/** Whether somebody is who received a certificate. */
function speaksFor(ground: AccessGround, by: Subject, { to }: Delegation): boolean {
  if (subjectName(by) === to) return true;
  if (by.kind !== "process") return false;
  const node = ground.nodes.find(`/kernel/agents/${by.id}`);
  return node?.kind === "agent" && to === `agent:${String(node.metadata.name)}`;
}

function grantorHolds(ground: AccessGround, links: readonly Delegation[]): boolean {
  const [first] = links;
  return first?.permissions.some((permission) => holdsAt(ground, first, permission)) === true;
}

function holdsAt(ground: AccessGround, { id, path }: Delegation, permission: Permission): boolean {
  return ground.nodes.find(path) !== undefined && holds(ground, id, path, permission);
}

/** Removes some that expired: what stands under them expired too. */
function sweep({ nodes, book, now }: AccessGround): readonly TreeChange[] {
  const held = book.list(nodes);
  const expired = held.filter(({ certificate }) => certificate.expiresAt <= now).slice(0, MAX_SWEPT);
  if (held.length - expired.length >= MAX_HELD) {
    throw new ResourceNotEmptyError(`there are ${held.length} delegations; revoked ones go when they expire`, {
      details: { path: DELEGATIONS, children: held.length },
    });
  }
  return expired.map(({ certificate: { id } }) => ({ op: "remove", path: `${DELEGATIONS}/${id}` }));
}

function below({ nodes, book }: AccessGround, id: string): readonly string[] {
  const held = book.list(nodes);
  const found: string[] = [];
  for (let level = [id]; level.length > 0; ) {
    const of = new Set(level);
    level = held
      .filter(({ certificate }) => certificate.under !== null && of.has(certificate.under))
      .map(({ certificate }) => certificate.id);
    found.push(...level);
  }
  return found;
}

function requireHeld({ nodes, book }: AccessGround, id: string): HeldDelegation {
  const held = isId(id) ? book.find(nodes, id) : undefined;
  if (held !== undefined) return held;
  const path = `${DELEGATIONS}/${id.slice(0, 64)}`;
  throw new ResourceNotFoundError(`there is no delegation ${id.slice(0, 64)}`, { details: { path } });
}

function isId(id: string): boolean {
  try {
    return fromHex(id).length === 16;
  } catch {
    return false;
  }
}

function mustHoldAdmin(ground: AccessGround, by: Subject, path: string): void {
  // Who could not be stopped from making the list cannot lock itself out either.
  if (by.kind === "principal" && by.role === "admin") return void ground.nodes.require(path);
  ground.nodes.require(path);
  if (!decideAccess(ground, by, path, "admin").allowed) throw refused(by, path, "admin", "is not held by");
}

function mustRevoke(ground: AccessGround, by: Subject, id: string): void {
  if (by.kind === "kernel" || (by.kind === "principal" && by.role === "admin")) return;
  const { links } = ground.book.links(ground.nodes, id, ground.now, ground.chain);
  const name = subjectName(by);
  const given = links.slice(1).some((link) => speaksFor(ground, by, link));
  if (!given && links.at(-1)?.grantor !== name) throw refused(by, `${DELEGATIONS}/${id}`, "admin", "is not held by");
}

function refused(by: Subject, path: string, permission: string, how: string): ResourceAccessError {
  const subject = subjectName(by);
  return new ResourceAccessError(`${permission} on ${path} ${how} ${subject}`, {
    details: { path, permission, subject },
  });
}

function invalidUnder(delegation: string, fault: DelegationError["details"]["fault"]): DelegationError {
  return new DelegationError(`a certificate under ${delegation} cannot be made: ${fault}`, {
    details: { fault, delegation },
  });
}

function wrong(path: string, field: string, expected: string): ResourceChangeError {
  return new ResourceChangeError(`${field} of ${path}: expected ${expected}`, { details: { path, field } });
}
