/** The methods of the rules in the one method table. */
import type { Method } from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import type { Governance } from "./governance-api.ts";

/** Makes the methods. */
export function governanceMethods(api: Governance): readonly Method[] {
  return [
    defineMethod({
      name: "governance.rules",
      description: "Lists the rules in force, with the policy's digest and the environment",
      role: "viewer",
      mutates: false,
      input: z.strictObject({}),
      run: () => ({ policy: api.policy ?? null, environment: api.environment, rules: api.rules() }),
    }),
    defineMethod({
      name: "governance.check",
      description: "Tells what the rules would say to an action, without running or recording anything",
      role: "viewer",
      mutates: false,
      input: z.strictObject({
        action: z.string().check(z.minLength(1), z.maxLength(128)),
        subject: z.optional(
          z.strictObject({
            kind: z.enum(["kernel", "process", "principal", "node"]),
            id: z.string().check(z.maxLength(128)),
            role: z.optional(z.enum(["viewer", "operator", "approver", "admin"])),
          }),
        ),
        resource: z._default(z.string().check(z.maxLength(1024)), ""),
        attributes: z._default(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])), {}),
      }),
      run: (input, caller) =>
        api.check({ ...input, subject: input.subject ?? { ...caller.subject, role: caller.role } }),
    }),
  ];
}
