/** The methods of the rules in the one method table. */
import type { ActionRequest, Decision, Method, Principals, ProcessDirectory, Subject } from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import { LawNotFoundError, lawNotFound } from "../law/law-errors.ts";
import type { Stay } from "../law/law-record.ts";
import { loadPolicy } from "../policy/load-policy.ts";
import type { Policy } from "../policy/policy.ts";
import type { Governance } from "./governance-api.ts";

/** A policy as text, with the name of its file for messages. */
export const policyText = {
  text: z.string().check(z.maxLength(4_194_304)),
  file: z.string().check(z.maxLength(1024)),
};

/**
 * Makes the methods.
 *
 * @param stays - lists the permits that the judicial branch holds back
 * @param tryPolicy - decides as if a policy were in force
 */
export function governanceMethods(
  api: Governance,
  directory: () => ProcessDirectory,
  stays: () => readonly Stay[],
  tryPolicy: (policy: Policy, request: ActionRequest) => Decision,
): readonly Method[] {
  return [
    defineMethod({
      name: "governance.rules",
      description: "Lists the rules in force, or gives one of them, with the policy's digest and the environment",
      role: "viewer",
      mutates: false,
      input: z.strictObject({ rule: z.optional(z.string().check(z.minLength(1), z.maxLength(64))) }),
      run({ rule }) {
        const all = api.rules();
        // People write ids in either case; no two rules differ in it alone.
        const found = rule === undefined ? all : all.filter(({ id }) => id.toLowerCase() === rule.toLowerCase());
        if (found.length === 0 && rule !== undefined) throw lawNotFound(`rule ${rule}`);
        const held = new Map(found.length === 0 ? [] : stays().map(({ id, ...stay }) => [id, stay]));
        // What is stayed is switched off, and says by whom: it stays so until the stay is lifted.
        const rules = found.map((one) => (held.has(one.id) ? { ...one, stay: held.get(one.id) } : one));
        return { policy: api.policy ?? null, environment: api.environment, rule: rule ?? null, rules };
      },
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
        /** Name or PID of a running agent that would ask, or else name of a principal, in place of a subject. */
        as: z.optional(z.string().check(z.minLength(1), z.maxLength(128))),
        resource: z._default(z.string().check(z.maxLength(1024)), ""),
        attributes: z._default(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])), {}),
        /** A policy that is not in force, to ask instead: its text, and the name of its file for messages. */
        text: z.optional(policyText.text),
        file: z.optional(policyText.file),
      }),
      async run({ as, subject, text, file, ...request }, caller) {
        const asked = as === undefined ? undefined : subjectNamed(as, directory(), api.principals);
        const whole = { ...request, subject: asked ?? subject ?? { ...caller.subject, role: caller.role } };
        if (text === undefined) return api.check(whole);
        return await tryPolicy(await loadPolicy(text, { file: file ?? "the policy" }), whole);
      },
    }),
  ];
}

/** Who is meant by a name: agents ask more often than people. @throws `GOVERNANCE_LAW_NOT_FOUND` */
function subjectNamed(name: string, directory: ProcessDirectory, people: Pick<Principals, "find">): Subject {
  const agent = directory
    .list()
    .find((one) => one.state !== "exited" && (one.name === name || String(one.pid) === name));
  if (agent !== undefined) return { kind: "process", id: String(agent.pid) };
  const person = people.find(name);
  if (person?.state === "active") return { kind: "principal", id: person.name, role: person.role };
  throw new LawNotFoundError(`no agent ${JSON.stringify(name)} runs, and no principal has this name`, {
    details: { id: name },
  });
}
