// The part of the method table that says and changes who may do what.
import type { JsonObject, JsonValue, Method, Role, Subject } from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import {
  type AccessEntry,
  isEntrySubject,
  isPermission,
  type Permission,
  STANDARD_PERMISSIONS,
} from "./access-entry.ts";
import { delegationJson } from "./delegation.ts";
import { ResourceChangeError } from "./resource-errors.ts";
import { isWithin } from "./resource-path.ts";
import type { DelegationState, Resources } from "./resources.ts";
import { entryJson } from "./tree-node.ts";

const path = z.string().check(z.minLength(1), z.maxLength(1024));
const approval = z.optional(z.string().check(z.minLength(1), z.maxLength(128)));
const id = z.string().check(z.regex(/^[0-9a-f]{32}$/, "expected the id of a delegation: 32 hex digits"));
const subject = z
  .string()
  .check(
    z.maxLength(160),
    z.refine(isEntrySubject, "expected principal:<name>, role:<role>, agent:<name>, pid:<number>, node:<id> or *"),
  );
const permissionText = z.string().check(
  z.maxLength(80),
  z.refine((text: string) => isPermission(text), `expected ${STANDARD_PERMISSIONS.join(", ")}, custom:<name> or *`),
);
const permissions = z.array(permissionText).check(z.minLength(1), z.maxLength(32));
const here = z.optional(z.boolean());
/** Milliseconds; at most 366 days. */
const forMs = z._default(z.int().check(z.minimum(1000), z.maximum(366 * 86_400_000)), 86_400_000);

/** Makes the methods on access lists and delegations. */
export function accessMethods(tree: Resources): Method[] {
  const entryMethod = (effect: "allow" | "deny", description: string): Method =>
    defineMethod({
      name: `resource.acl.${effect}`,
      description,
      role: "operator",
      mutates: true,
      input: z.strictObject({ path, subject, permissions, here, approval }),
      async run(input, { subject: by, role, signal }) {
        const entry = entryOf(effect, input.subject, input.permissions, input.here);
        const ask = { by: withRole(by, role), approval: input.approval, signal };
        await tree.changeAccess(input.path, { add: [entry] }, ask);
        return { path: input.path, done: "added", entries: [entryJson(entry)], access: listed(tree, input.path) };
      },
    });
  return [
    defineMethod({
      name: "resource.acl.show",
      description: "Lists who may, and may not, do what with a resource: its own entries, and those it inherits",
      role: "viewer",
      mutates: false,
      input: z.strictObject({ path }),
      run: (input) => ({ path: input.path, access: listed(tree, input.path) }),
    }),
    entryMethod("allow", "Lets somebody do something with a resource, and with what is below it"),
    entryMethod("deny", "Keeps somebody from doing something with a resource and what is below it, whatever allows it"),
    defineMethod({
      name: "resource.acl.remove",
      description:
        "Removes entries of an access list: those of a subject, or only those of an effect or with a permission",
      role: "operator",
      mutates: true,
      input: z.strictObject({
        path,
        subject,
        effect: z.optional(z.enum(["allow", "deny"])),
        permission: z.optional(permissionText),
        approval,
      }),
      async run(input, { subject: by, role, signal }) {
        const own = tree.access(input.path).filter(({ at }) => at === input.path);
        const remove = own
          .map(({ entry }) => entry)
          .filter((entry) => entry.subject === input.subject)
          .filter(({ effect }) => input.effect === undefined || effect === input.effect)
          .filter(
            (entry) => input.permission === undefined || entry.permissions.some((each) => each === input.permission),
          );
        if (remove.length === 0) {
          throw new ResourceChangeError(`the access list of ${input.path} has no such entry of ${input.subject}`, {
            details: { path: input.path, field: "subject" },
          });
        }
        await tree.changeAccess(input.path, { remove }, { by: withRole(by, role), approval: input.approval, signal });
        return { path: input.path, done: "removed", entries: remove.map(entryJson), access: listed(tree, input.path) };
      },
    }),
    defineMethod({
      name: "resource.allows",
      description: "Tells whether somebody may do something with a resource, and why",
      role: "viewer",
      mutates: false,
      input: z.strictObject({
        path,
        subject: z.string().check(z.regex(/^(?:kernel|principal:.{1,128}|pid:[1-9]\d{0,15}|node:[0-9a-f]{32})$/)),
        role: z.optional(z.enum(["viewer", "operator", "approver", "admin"])),
        permission: permissionText,
      }),
      run({ path: at, subject: name, role, permission }) {
        const { entry, ...decided } = tree.decide(subjectOf(name, role), at, permission as Permission);
        return compact({ path: at, subject: name, permission, ...decided, entry: entry && entryJson(entry) });
      },
    }),
    defineMethod({
      name: "resource.delegate",
      description: "Signs a certificate that passes permissions on a resource on to somebody, until a time",
      role: "operator",
      mutates: true,
      input: z.strictObject({
        path,
        to: subject,
        permissions,
        forMs,
        further: z.optional(z.int().check(z.minimum(0), z.maximum(7))),
        under: z.optional(id),
        approval,
      }),
      async run({ path: at, to, permissions: granted, forMs: life, further, under, approval: given }, caller) {
        const certificate = await tree.delegate(
          { path: at, to, permissions: granted as Permission[], forMs: life, further, under },
          { by: withRole(caller.subject, caller.role), approval: given, signal: caller.signal },
        );
        return { delegation: delegationJson(certificate) };
      },
    }),
    defineMethod({
      name: "resource.delegations",
      description: "Lists the certificates of delegation, and whether each holds",
      role: "viewer",
      mutates: false,
      input: z.strictObject({
        under: z.optional(path),
        to: z.optional(subject),
        limit: z._default(z.int().check(z.minimum(1), z.maximum(10_000)), 1000),
      }),
      run({ under, to, limit }) {
        const wanted = tree
          .delegations()
          .filter(({ certificate }) => to === undefined || certificate.to === to)
          .filter(({ certificate }) => under === undefined || isWithin(certificate.path, under));
        return { total: wanted.length, delegations: wanted.slice(0, limit).map(stateJson) };
      },
    }),
    defineMethod({
      name: "resource.delegation",
      description: "Gives a certificate and all it stands under, to verify elsewhere",
      role: "viewer",
      mutates: false,
      input: z.strictObject({ id }),
      run: (input) => ({ links: tree.delegation(input.id).map(delegationJson) }),
    }),
    defineMethod({
      name: "resource.revoke",
      description: "Revokes a certificate of delegation, and with it all that stand under it",
      role: "operator",
      mutates: true,
      input: z.strictObject({ id, approval }),
      run: async (input, { subject: by, role, signal }) => ({
        ...(await tree.revoke(input.id, { by: withRole(by, role), approval: input.approval, signal })),
      }),
    }),
  ];
}

function entryOf(
  effect: "allow" | "deny",
  name: string,
  granted: readonly string[],
  only: boolean | undefined,
): AccessEntry {
  const sorted = [...new Set(granted)].sort() as Permission[];
  return { effect, subject: name, permissions: sorted, ...(only === true ? { here: true } : {}) };
}

function listed(tree: Resources, at: string): JsonValue {
  return tree.access(at).map((each) => ({ at: each.at, ...entryJson(each.entry) }));
}

function stateJson({ certificate, fault, revokedAt, revokedBy }: DelegationState): JsonObject {
  const state = { holds: fault === undefined, fault: fault ?? null };
  return { ...delegationJson(certificate), ...state, revokedAt: revokedAt ?? null, revokedBy: revokedBy ?? null };
}

function subjectOf(name: string, role: Role | undefined): Subject {
  if (name === "kernel") return { kind: "kernel", id: "0" };
  const cut = name.indexOf(":");
  const kind = name.slice(0, cut);
  const rest = name.slice(cut + 1);
  if (kind === "pid") return { kind: "process", id: rest };
  return kind === "node" ? { kind, id: rest } : { kind: "principal", id: rest, role };
}

/** The wire that authenticated a principal says its role. */
function withRole(by: Subject, role: Role): Subject {
  return by.kind === "principal" && by.role === undefined ? { ...by, role } : by;
}

function compact(facts: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(facts).filter((fact): fact is [string, JsonValue] => fact[1] !== undefined));
}
