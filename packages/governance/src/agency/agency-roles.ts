/**
 * Which place among agents may do what: how many children, of which roles, under which ceiling. Five roles are built in; the
 * configuration may give them other terms, or add roles of its own.
 */
import type { AgencyPolicy, AgencyTerms } from "@weftos/interface";
import { z } from "@weftos/schema";

const roleName = z
  .string()
  .check(z.regex(/^[a-z][a-z0-9_-]{0,63}$/, "expected a role of lower-case letters, digits, dashes"));
const globs = z.lazy(() => z.array(z.string().check(z.minLength(1), z.maxLength(256))).check(z.maxLength(256)));
const paths = z.lazy(() => z.array(z.string().check(z.minLength(1), z.maxLength(1024))).check(z.maxLength(256)));

/** The most rights of a role; what is left out is bound by the parent alone. */
const ceiling = z.lazy(() =>
  z.strictObject({
    canSpawn: z.optional(z.boolean()),
    canIpc: z.optional(z.boolean()),
    canExecTools: z.optional(z.boolean()),
    canNetwork: z.optional(z.boolean()),
    ipcScope: z.optional(
      z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("all") }),
        z.strictObject({ kind: z.literal("parentOnly") }),
        z.strictObject({ kind: z.literal("topic"), topics: globs }),
        z.strictObject({ kind: z.literal("none") }),
      ]),
    ),
    tools: z.optional(z.strictObject({ allow: z.optional(globs), deny: z.optional(globs) })),
    files: z.optional(
      z.strictObject({
        read: z.optional(paths),
        write: z.optional(paths),
        own: z.optional(paths),
        deny: z.optional(paths),
      }),
    ),
  }),
);

/** `[governance.agency.<role>]`. What is left out keeps the built-in terms; of a role of your own, those of a worker. */
export const agencySchema = z.lazy(() =>
  z.record(
    roleName,
    z.strictObject({
      /** Most live children; `unlimited` for as many as the kernel allows. */
      maxChildren: z.optional(z.union([z.int().check(z.minimum(0), z.maximum(1_000_000)), z.literal("unlimited")])),
      /** Roles that its children may have. */
      maySpawn: z.optional(z.array(roleName).check(z.maxLength(64))),
      ceiling: z.optional(ceiling),
    }),
  ),
);

/** Terms of roles as they are configured. */
export type AgencyInit = z.output<typeof agencySchema>;

/** What an agent gets by default: all but the network. */
const offline: AgencyTerms["ceiling"] = { canNetwork: false };

/** The built-in roles. Only a root has no ceiling; workers and users start nobody. */
export const AGENCY_ROLES: Readonly<Record<"root" | "supervisor" | "service" | "worker" | "user", AgencyTerms>> = {
  root: { ceiling: {}, maxChildren: undefined, maySpawn: ["supervisor", "service", "worker", "user"] },
  supervisor: { ceiling: offline, maxChildren: 64, maySpawn: ["service", "worker"] },
  service: { ceiling: offline, maxChildren: 16, maySpawn: ["worker"] },
  worker: { ceiling: { ...offline, canSpawn: false }, maxChildren: 0, maySpawn: [] },
  user: { ceiling: { ...offline, canSpawn: false }, maxChildren: 0, maySpawn: [] },
};

/** Makes the policy out of what is built in and what is configured. */
export function agencyPolicy(configured: AgencyInit): AgencyPolicy {
  const roles = new Map<string, AgencyTerms>(Object.entries(AGENCY_ROLES));
  for (const [role, own] of Object.entries(configured)) {
    const base = roles.get(role) ?? AGENCY_ROLES.worker;
    roles.set(role, {
      ceiling: own.ceiling ?? base.ceiling,
      maxChildren: own.maxChildren === "unlimited" ? undefined : (own.maxChildren ?? base.maxChildren),
      maySpawn: own.maySpawn ?? base.maySpawn,
    });
  }
  return { terms: (role) => roles.get(role) };
}
