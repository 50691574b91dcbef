/** The commands on who may do what with resources: access lists, delegations. */
import { durationValue } from "../arguments/duration.ts";
import { compact } from "../arguments/json-params.ts";
import { choiceOption, numberOption, type OptionValues, textOption } from "../arguments/values.ts";
import { UsageError } from "../failure/usage-error.ts";
import { objectOf } from "../view/fields.ts";
import type { ArgumentSpec, MethodCommand, OptionSpec } from "./command.ts";
import { approvalOption } from "./sign-options.ts";

const MAX_LISTED = 10_000;
const example = "5f2c7d8e9a0b1c2d3e4f5a6b7c8d9e0f";
const pathArgument: ArgumentSpec = { name: "path", description: "path of a resource, as `resource tree` shows it" };
const idArgument: ArgumentSpec = { name: "id", description: "id of a delegation, as `resource delegations` shows it" };
const whoArgument: ArgumentSpec = {
  name: "subject",
  description: "principal:<name>, role:<role>, agent:<name>, pid:<number>, node:<id>, or * for everybody",
};
const permissionOption: OptionSpec = {
  value: "<names>",
  description: "of read, write, execute, create, delete, admin, custom:<name>, separated by commas; * is all of them",
};
const roleNames = ["viewer", "operator", "approver", "admin"];

const entry = (effect: "allow" | "deny", summary: string, meaning: string): MethodCommand => ({
  name: `resource acl ${effect}`,
  summary,
  arguments: [pathArgument, whoArgument],
  options: {
    permission: permissionOption,
    here: { description: "for this resource alone, not for what is below it" },
    approval: approvalOption,
  },
  examples: [[`resource acl ${effect} /apps principal:ada --permission read,write`, meaning]],
  method: `resource.acl.${effect}`,
  params: ([path = "", subject = ""], values) =>
    compact({
      path,
      subject,
      permissions: permissionsOf(values),
      here: values.here === true || undefined,
      approval: textOption(values, "approval"),
    }),
  view: () => import("../view/access-list.ts"),
  withoutDaemon: "boot",
});

export const accessCommands: readonly MethodCommand[] = [
  {
    name: "resource acl show",
    summary: "show who may do what with a resource, and where that is said",
    arguments: [pathArgument],
    examples: [["resource acl show /apps", "its own entries, then those it inherits"]],
    method: "resource.acl.show",
    params: ([path = ""]) => ({ path }),
    view: () => import("../view/access-list.ts"),
    withoutDaemon: "boot",
  },
  entry("allow", "let somebody do something with a resource and what is below it", "unless a deny says no"),
  entry("deny", "keep somebody from something; wins over every allow", "here and below, whatever allows it"),
  {
    name: "resource acl remove",
    summary: "remove a subject's entries from a resource's access list",
    arguments: [pathArgument, whoArgument],
    options: {
      effect: { value: "<effect>", description: "only allow, or only deny" },
      permission: { value: "<name>", description: "only entries that name this permission" },
      approval: approvalOption,
    },
    examples: [
      ["resource acl remove /apps principal:ada", "all that its own list says of her"],
      ["resource acl remove /apps principal:ada --effect deny", "what it denies her"],
    ],
    method: "resource.acl.remove",
    params: ([path = "", subject = ""], values) =>
      compact({
        path,
        subject,
        effect: choiceOption(values, "effect", ["allow", "deny"]),
        permission: textOption(values, "permission"),
        approval: textOption(values, "approval"),
      }),
    view: () => import("../view/access-list.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "resource allows",
    summary: "tell whether somebody may do something with a resource, and why; exit 1 when not",
    arguments: [
      pathArgument,
      { name: "subject", description: "principal:<name>, pid:<number>, node:<id> or kernel" },
      { name: "permission", description: "read, write, execute, create, delete, admin, custom:<name>, or * for all" },
    ],
    options: { role: { value: "<role>", description: `role of the principal: ${roleNames.join(", ")}` } },
    examples: [
      ["resource allows /apps principal:ada write", "which entry or delegation says so"],
      ["resource allows /apps principal:ada write --role operator", "as somebody of this role"],
    ],
    method: "resource.allows",
    params: ([path = "", subject = "", permission = ""], values) =>
      compact({ path, subject, permission, role: choiceOption(values, "role", roleNames) }),
    view: () => import("../view/access-decision.ts"),
    withoutDaemon: "boot",
    failed: (result) => objectOf(result).allowed !== true,
  },
  {
    name: "resource delegate",
    summary: "sign a certificate that passes permissions on, until a time",
    arguments: [
      pathArgument,
      { name: "to", description: "who receives: principal:<name>, agent:<name>, pid:<number> or node:<id>" },
    ],
    options: {
      permission: permissionOption,
      for: { value: "<duration>", description: "how long it holds: 30m, 8h, 7d (default: 1d, at most 366d)" },
      further: { value: "<n>", description: "how often it may be passed on in turn, 0 to 7 (default: 0)" },
      under: { value: "<id>", description: "pass on from this certificate, which is only narrowed" },
      approval: approvalOption,
    },
    examples: [
      ["resource delegate /apps agent:builder --permission read,write --for 8h", "what you may do yourself, no more"],
      ["resource delegate /apps/web pid:1007 --permission read --for 30m --further 1", "may be passed on once"],
    ],
    method: "resource.delegate",
    params: ([path = "", to = ""], values) => {
      const life = textOption(values, "for");
      return compact({
        path,
        to,
        permissions: permissionsOf(values),
        forMs: life === undefined ? undefined : durationValue("--for", life),
        further: numberOption(values, "further", 0, 7),
        under: textOption(values, "under"),
        approval: textOption(values, "approval"),
      });
    },
    view: () => import("../view/delegation-made.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "resource delegations",
    summary: "list the certificates of delegation, and whether each holds",
    arguments: [{ name: "path", description: "only at and below this path (default: /)", optional: true }],
    options: {
      to: { value: "<subject>", description: "only those that this one received" },
      limit: { value: "<n>", description: `how many, 1 to ${MAX_LISTED} (default: 1000)` },
    },
    examples: [
      ["resource delegations", "newest first; with --json whole, to verify elsewhere"],
      ["resource delegations /apps --to agent:builder", "what it received there"],
    ],
    method: "resource.delegations",
    params: ([under], values) =>
      compact({ under, to: textOption(values, "to"), limit: numberOption(values, "limit", 1, MAX_LISTED) }),
    view: () => import("../view/delegation-list.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "resource revoke",
    summary: "revoke a delegation, and with it all that were passed on from it",
    arguments: [idArgument],
    options: { approval: approvalOption },
    examples: [[`resource revoke ${example}`, "from the next question on"]],
    method: "resource.revoke",
    params: ([id = ""], values) => compact({ id, approval: textOption(values, "approval") }),
    view: () => import("../view/delegation-revoked.ts"),
    withoutDaemon: "boot",
  },
];

function permissionsOf(values: OptionValues): string[] {
  const text = textOption(values, "permission");
  if (text === undefined) throw new UsageError("--permission is missing", "say what: --permission read,write");
  return text.split(",").map((name) => name.trim());
}
