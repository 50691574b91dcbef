/** The commands on people and services: who they are, which keys and branches they have. */
import { compact } from "../arguments/json-params.ts";
import { choiceOption, type OptionValues, textOption } from "../arguments/values.ts";
import { UsageError } from "../failure/usage-error.ts";
import type { ArgumentSpec, Command, OptionSpec } from "./command.ts";
import { approvalOption, consentOption } from "./sign-options.ts";

const roles = ["viewer", "operator", "approver", "admin"];
const branches = ["legislative", "executive", "judicial"];
const nameArgument: ArgumentSpec = { name: "name", description: "name of a principal, as `principal list` shows it" };
const keyOptions: Readonly<Record<string, OptionSpec>> = {
  public: {
    value: "<hex>",
    description: "public key of a pair made elsewhere, 64 hex digits (default: a new pair here)",
  },
  key: { value: "<file>", path: true, description: "where the new key goes (default: keys/principals/<name>.ed25519)" },
  approval: approvalOption,
};

export const principalCommands: readonly Command[] = [
  {
    name: "principal list",
    summary: "list the people and services that may act on this kernel",
    examples: [["principal list", "with roles, branches and keys"]],
    method: "principal.list",
    view: () => import("../view/principal-list.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "principal whoami",
    summary: "tell as whom this kernel takes you",
    examples: [["principal whoami", "the owner of the state directory, or whose token WEAVER_TOKEN is"]],
    method: "principal.whoami",
    view: () => import("../view/principal-self.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "principal add",
    summary: "make a person or service known, with a key of its own",
    arguments: [{ name: "name", description: "1 to 64 lower-case letters, digits, dots, dashes, underscores" }],
    options: {
      role: { value: "<role>", description: `one of ${roles.join(", ")} (default: viewer)` },
      branches: { value: "<names>", description: `of ${branches.join(", ")}; approvers hold executive unless you say` },
      consent: consentOption,
      ...keyOptions,
    },
    examples: [
      ["principal add ann --role approver", "she may answer approvals; her key is made here"],
      [
        "principal add bob --role admin --branches legislative --public 3b6a27bc…",
        "a legislator with a key of his own",
      ],
    ],
    method: "principal.add",
    params: ([name = ""], values) =>
      compact({ name: nameOf(name), ...rolesOf(values), approval: textOption(values, "approval") }),
    prepare: async () => (await import("../signing/sign-consent.ts")).add,
    settle: async () => (await import("../signing/new-key.ts")).settled,
    view: () => import("../view/principal-added.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "principal revoke",
    summary: "take back all that a principal may do, for good",
    arguments: [nameArgument],
    options: { consent: consentOption, approval: approvalOption, yes: { description: "do not ask" } },
    examples: [
      ["principal revoke ann", "her name is never given again"],
      ["principal revoke ann --consent bob", "a legislator goes only with more than half of the legislators"],
    ],
    method: "principal.revoke",
    params: ([name = ""], values) => compact({ name, approval: textOption(values, "approval") }),
    prepare: async () => (await import("../signing/sign-consent.ts")).revoke,
    confirm: ([name = ""]) => `${name} may do nothing any more, and the name is never given again.`,
    view: () => import("../view/principal-changed.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "principal rotate",
    summary: "give a principal a new key; its token ends",
    arguments: [nameArgument],
    options: keyOptions,
    examples: [["principal rotate ann", "the old key is kept beside it, and signs nothing any more"]],
    method: "principal.rotate",
    params: ([name = ""], values) => compact({ name, approval: textOption(values, "approval") }),
    prepare: async () => (await import("../signing/new-key.ts")).rotated,
    settle: async () => (await import("../signing/new-key.ts")).settled,
    view: () => import("../view/principal-rotated.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "principal token",
    summary: "issue the token with which a principal's programs call this kernel",
    arguments: [nameArgument],
    options: { consent: consentOption, approval: approvalOption },
    examples: [["principal token ann --consent ann", "shown once; the one before ends"]],
    method: "principal.token",
    params: ([name = ""], values) => compact({ name, approval: textOption(values, "approval") }),
    prepare: async () => (await import("../signing/sign-consent.ts")).token,
    view: () => import("../view/principal-token.ts"),
    withoutDaemon: "boot",
  },
];

/** Asked here too: a key is made before the kernel is asked. */
function nameOf(name: string): string {
  if (/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name)) return name;
  const expected = "<name> must be 1 to 64 lower-case letters, digits, dots, dashes or underscores";
  throw new UsageError(`${expected}, got ${JSON.stringify(name.slice(0, 64))}`, "try principal add ann");
}

function rolesOf(values: OptionValues): { readonly role: string; readonly branches: readonly string[] } {
  const role = choiceOption(values, "role", roles) ?? "viewer";
  const typed = textOption(values, "branches");
  if (typed === undefined) return { role, branches: role === "approver" || role === "admin" ? ["executive"] : [] };
  const named = typed.split(",").map((name) => name.trim());
  const wrong = named.find((name) => name !== "none" && !branches.includes(name));
  if (wrong !== undefined) {
    throw new UsageError(
      `--branches must be of ${branches.join(", ")}, or none, got ${JSON.stringify(wrong.slice(0, 64))}`,
      "try --branches executive",
    );
  }
  return { role, branches: named.filter((name) => name !== "none") };
}
