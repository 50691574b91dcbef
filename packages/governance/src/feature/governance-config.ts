/** `[governance]` in `weave.toml`. */
import { z } from "@weftos/schema";
import { agencySchema } from "../agency/agency-roles.ts";
import { environmentsSchema } from "../environment/environment.ts";
import { dimensionsSchema, rulesSchema } from "../policy/rule-schema.ts";

/** The schema of the section; every key is obeyed. */
export const governanceConfig = z.strictObject({
  /** Names of effect dimensions beside the five that rules may limit. */
  dimensions: z._default(dimensionsSchema, []),
  /** Rules beside the genesis rules. */
  rules: z._default(rulesSchema, []),
  /** Environments by name: new ones, or other numbers for the built-in ones. */
  environments: z._default(environmentsSchema, {}),
  /** Whether amendments of a chain that begins now may loosen its law; said once, at genesis. */
  amendable: z._default(z.boolean(), false),
  /** Places of agents by role: other terms for the built-in ones, or new ones. */
  agency: z._default(agencySchema, {}),
  /** Most open approvals. */
  maxOpenApprovals: z._default(z.int().check(z.minimum(1), z.maximum(100_000)), 1000),
  /** One person alone runs this: in development they may answer their own requests. */
  solo: z._default(z.boolean(), false),
});
