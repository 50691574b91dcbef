// One line of a node's access list: who may, or may not, do what here and below. A list is a set: its order says nothing,
// because a deny wins wherever it stands.
import type { JsonObject, JsonValue, Role, Subject } from "@weftos/interface";
import { ResourceChangeError } from "./resource-errors.ts";

/** What can be permitted on a resource; `custom:` and a name of lower-case letters, digits and dashes; `*` is all of them. */
export type Permission = "read" | "write" | "execute" | "create" | "delete" | "admin" | "*" | `custom:${string}`;

/** Lets somebody do something with a resource, or keeps them from it. */
export interface AccessEntry {
  readonly effect: "allow" | "deny";
  /**
   * Who: `principal:<name>`, `role:<role>` (principals of at least this role), `agent:<name>` (every process of that agent),
   * `pid:<number>`, `node:<id>`, or `*` for everybody.
   */
  readonly subject: string;
  /** At least one, sorted, each once. */
  readonly permissions: readonly Permission[];
  /** Holds for this node alone, not for what is below it. @defaultValue false */
  readonly here?: true | undefined;
}

export const MAX_ENTRIES = 64;
const MAX_PERMISSIONS = 32;
export const STANDARD_PERMISSIONS: readonly Permission[] = ["read", "write", "execute", "create", "delete", "admin"];
const PLAIN = new Set<string>([...STANDARD_PERMISSIONS, "*"]);
const CUSTOM = /^custom:[a-z][a-z0-9-]{0,63}$/;
/** A principal's name may hold what an address does; an agent's what a file name does. */
const SUBJECT =
  /^(?:\*|principal:[\w.@+:/-]{1,128}|role:(?:viewer|operator|approver|admin)|agent:[\w.@+:/-]{1,128}|pid:[1-9]\d{0,15}|node:[0-9a-f]{32})$/;
const ROLES: readonly Role[] = ["viewer", "operator", "approver", "admin"];

/** Tells whether a text names a permission. */
export function isPermission(text: string): text is Permission {
  return PLAIN.has(text) || CUSTOM.test(text);
}

/** Tells whether a text names whom an entry is for. */
export function isEntrySubject(text: string): boolean {
  return SUBJECT.test(text);
}

/** Reads a set of permissions: sorted, each once. @throws `TREE_CHANGE_INVALID` */
export function readPermissions(path: string, value: JsonValue | undefined): readonly Permission[] {
  const is = (each: JsonValue): each is Permission => typeof each === "string" && isPermission(each);
  if (Array.isArray(value) && value.length > 0 && value.length <= MAX_PERMISSIONS && value.every(is)) {
    return [...new Set(value)].sort();
  }
  throw invalid(path, "permissions", `1 to ${MAX_PERMISSIONS} of ${[...PLAIN].join(", ")}, custom:<name>`);
}

/** Reads an entry. @throws `TREE_CHANGE_INVALID` */
export function readEntry(path: string, value: JsonValue | undefined): AccessEntry {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid(path, "entry", "an object");
  const { effect, subject, permissions, here, ...rest } = value as JsonObject;
  if (Object.keys(rest).length > 0) throw invalid(path, "entry", "effect, subject, permissions and here alone");
  if (effect !== "allow" && effect !== "deny") throw invalid(path, "effect", "allow or deny");
  if (typeof subject !== "string" || !isEntrySubject(subject)) {
    throw invalid(path, "subject", "principal:<name>, role:<role>, agent:<name>, pid:<number>, node:<id> or *");
  }
  if (here !== undefined && here !== true) throw invalid(path, "here", "true, or nothing");
  const read = { effect, subject, permissions: readPermissions(path, permissions) } as const;
  return here === true ? { ...read, here } : read;
}

/** Reads a list of entries. @throws `TREE_CHANGE_INVALID` */
export function readEntries(path: string, value: JsonValue | undefined): readonly AccessEntry[] {
  if (!Array.isArray(value) || value.length > MAX_ENTRIES) throw invalid(path, "entries", `at most ${MAX_ENTRIES}`);
  return value.map((entry) => readEntry(path, entry));
}

/** Gives the text by which entries are sorted and told apart. */
export function entryKey({ effect, subject, permissions, here }: AccessEntry): string {
  return `${subject} ${effect} ${permissions.join(",")}${here === true ? " here" : ""}`;
}

/** Gives a list without some entries and with others: a set, sorted. @throws `TREE_CHANGE_INVALID` when it is too long */
export function changedEntries(
  path: string,
  entries: readonly AccessEntry[],
  { add, remove }: { readonly add: readonly AccessEntry[]; readonly remove: readonly AccessEntry[] },
): readonly AccessEntry[] {
  const byKey = new Map(entries.map((entry) => [entryKey(entry), entry]));
  for (const entry of remove) byKey.delete(entryKey(entry));
  for (const entry of add) byKey.set(entryKey(entry), entry);
  if (byKey.size > MAX_ENTRIES) throw invalid(path, "entries", `at most ${MAX_ENTRIES} on one node`);
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

/** Gives the roles that a principal of this role has: its own, and those below it. */
export function rolesOf(role: Role): readonly Role[] {
  return ROLES.slice(0, ROLES.indexOf(role) + 1);
}

/** Writes who acts as a list names them; the kernel is `kernel`. */
export function subjectName({ kind, id }: Subject): string {
  return kind === "kernel" ? kind : `${kind === "process" ? "pid" : kind}:${id}`;
}

function invalid(path: string, field: string, expected: string): ResourceChangeError {
  return new ResourceChangeError(`${field} of the access to ${path}: expected ${expected}`, {
    details: { path, field },
  });
}
