/** The methods on environments in the one method table. */
import type { Method } from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import {
  type Environment,
  environmentName,
  environmentSchema,
  findEnvironment,
  laxerParts,
} from "../environment/environment.ts";
import type { LawInForce } from "../law/law-in-force.ts";
import { type ActingDeps, act } from "./acting.ts";

const approval = z.optional(z.string().check(z.minLength(1), z.maxLength(128)));

/** Makes the methods. */
export function environmentMethods(deps: ActingDeps & { readonly law: LawInForce }): readonly Method[] {
  const { law } = deps;
  const change = (action: "environment.switch" | "environment.add", next: Environment, more: Facts, rest: Change) =>
    act<Environment>(deps, {
      action,
      resource: `environment:${next.name}`,
      attributes: { from: law.environment.name, ...next, activeBranches: next.activeBranches.join(","), ...more },
      branch: action === "environment.add" ? "legislative" : "executive",
      summary: ({ threshold, maxMagnitude, humanApproval, auditLevel }) => ({
        name: next.name,
        threshold: String(threshold),
        maxMagnitude: String(maxMagnitude),
        humanApproval,
        auditLevel,
      }),
      ...rest,
    });
  return [
    defineMethod({
      name: "environment.list",
      description: "Lists the environments, with the numbers that each obeys, and which one is in force",
      role: "viewer",
      mutates: false,
      input: z.strictObject({}),
      run: () => ({ active: law.environment.name, environments: law.environments() }),
    }),
    defineMethod({
      name: "environment.show",
      description: "Shows one environment",
      role: "viewer",
      mutates: false,
      input: z.strictObject({ name: z.optional(environmentName) }),
      run({ name }) {
        const { environment } = law;
        const found = name === undefined ? environment : law.findEnvironment(name);
        return { ...found, active: found.name === environment.name };
      },
    }),
    defineMethod({
      name: "environment.switch",
      description: "Puts another environment in force, until the configuration names another one",
      role: "admin",
      mutates: true,
      input: z.strictObject({ name: environmentName, approval }),
      async run({ name, approval }, caller) {
        const next = law.findEnvironment(name);
        // Nobody is asked about what cannot be.
        law.checkFloor(next);
        const laxer = laxerParts(next, law.environment).length > 0;
        return await change(
          "environment.switch",
          next,
          { laxer },
          { caller, approval, run: (by) => law.switchTo(name, by) },
        );
      },
    }),
    defineMethod({
      name: "environment.add",
      description: "Adds an environment; its name stands for it for good",
      role: "admin",
      mutates: true,
      input: z.strictObject({ name: environmentName, environment: environmentSchema, approval }),
      run: async ({ name, environment, approval }, caller) => {
        const run = async (by: string): Promise<Environment> => {
          await law.addEnvironment(name, environment, by);
          return law.findEnvironment(name);
        };
        return {
          ...(await change(
            "environment.add",
            findEnvironment(name, { [name]: environment }),
            {},
            { caller, approval, run },
          )),
          active: false,
        };
      },
    }),
  ];
}

type Facts = Readonly<Record<string, string | number | boolean>>;
interface Change {
  readonly caller: Parameters<Method["call"]>[1];
  readonly approval: string | undefined;
  readonly run: (by: string) => Promise<Environment>;
}
