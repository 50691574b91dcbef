/** Shows `resource.allows`: the answer, and what it rests on. */
import type { JsonObject } from "@weftos/interface";
import type { View } from "../commands/command.ts";
import { objectOf, shown } from "./fields.ts";

export const view: View = (result, { style }) => {
  const whole = objectOf(result);
  const answer = whole.allowed === true ? style.good("allowed") : style.bad("not allowed");
  return `${answer}: ${because(whole)}`;
};

function because({ reason, at, entry, delegation, subject, path, permission }: JsonObject): string {
  const { effect, subject: named } = objectOf(entry);
  switch (reason) {
    case "kernel":
      return "the kernel may do all";
    case "admin":
      return "admins may do all that is not denied to them";
    case "allow":
    case "deny":
      return `the list of ${shown(at)} says ${shown(effect)} to ${shown(named)}`;
    case "delegation":
      return `by delegation ${shown(delegation)}`;
    case "unknown-subject":
      return `${shown(subject)} is no running agent`;
    case "not-found":
      return `there is no resource ${shown(path)}`;
    default:
      return `nothing allows ${shown(permission)} on ${shown(path)} to ${shown(subject)}`;
  }
}
