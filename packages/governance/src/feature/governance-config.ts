/** `[governance]` in `weave.toml`. */
import type { ConfigSource } from "@weftos/interface";
import { z } from "@weftos/schema";
import { agencySchema } from "../agency/agency-roles.ts";
import { environmentsSchema } from "../environment/environment.ts";
import { type PlacedPolicy, policyOf } from "../policy/policy.ts";
import { policyEntriesSchema } from "../policy/policy-files.ts";
import { dimensionsSchema, knownDimensions, rulesSchema } from "../policy/rule-schema.ts";

/** The schema of the section; every key is obeyed. */
export const governanceConfig = z.lazy(() =>
  z
    .strictObject({
      /** Names of effect dimensions beside the five that rules may limit. */
      dimensions: z._default(dimensionsSchema, []),
      /** Rules beside the genesis rules. */
      rules: z._default(rulesSchema, []),
      /** Policy files beside them, below the folder of the configuration: `policies/*.toml`. Read at each boot. */
      policies: z._default(policyEntriesSchema, []),
      /** Environments by name: new ones, or other numbers for the built-in ones. */
      environments: z._default(environmentsSchema, {}),
      /** Whether amendments of a chain that begins now may loosen its law; said once, at genesis. */
      amendable: z._default(z.boolean(), false),
      /** Places of agents by role: other terms for the built-in ones, or new ones. */
      agency: z._default(agencySchema, {}),
      /** Most open approvals. */
      maxOpenApprovals: z._default(z.int().check(z.minimum(1), z.maximum(100_000)), 1000),
      /** One person alone runs this, the owner: they may answer what their own agents ask, and in development their own requests. */
      solo: z._default(z.boolean(), false),
    })
    .check(knownDimensions()),
);

/** Makes the policy of the rules in the configuration. */
export function configuredPolicy(
  { rules, dimensions }: Pick<z.output<typeof governanceConfig>, "rules" | "dimensions">,
  { place }: Pick<ConfigSource, "place">,
): PlacedPolicy {
  return {
    policy: policyOf(rules, dimensions),
    source: place(["rules"]).source,
    lineOf(rule) {
      const index = rules.findIndex(({ id }) => id === rule);
      return index < 0 ? undefined : place(["rules", index]).line;
    },
  };
}
