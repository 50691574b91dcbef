/** What the journal of principals holds, and what each record does to the principal it speaks of. */
import type { Principal } from "@weftos/interface";
import { z } from "@weftos/schema";

/** Names of principals. */
export const principalName = z
  .string()
  .check(
    z.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, "expected 1 to 64 lower-case letters, digits, dots, dashes or underscores"),
  );
/** Ed25519 public keys. */
export const publicKey = z
  .string()
  .check(z.regex(/^[0-9a-f]{64}$/, "expected an Ed25519 public key, 64 lower-case hex digits"));
export const roleSchema = z.enum(["viewer", "operator", "approver", "admin"]);
export const branchesSchema = z.array(z.enum(["legislative", "executive", "judicial"])).check(z.maxLength(3));

const time = z.int().check(z.minimum(0));

/** One record. */
export const principalRecord = z.lazy(() =>
  z.discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("added"),
      name: principalName,
      role: roleSchema,
      branches: branchesSchema,
      key: publicKey,
      owner: z.boolean(),
      at: time,
    }),
    z.strictObject({ type: z.literal("revoked"), name: principalName, at: time }),
    z.strictObject({ type: z.literal("rotated"), name: principalName, key: publicKey, at: time }),
    /** A token was issued; the one before ends. Only its hash is kept. */
    z.strictObject({ type: z.literal("token"), name: principalName, hash: z.string(), at: time }),
  ]),
);

export type PrincipalRecord = z.output<typeof principalRecord>;

/** A principal with the hash of its token. */
export interface PrincipalEntry {
  readonly principal: Principal;
  readonly token: string | undefined;
  /** When the newest token was issued, milliseconds UTC; undefined when none was. */
  readonly tokenAt: number | undefined;
}

/** Gives the entry after a record; undefined when the record cannot follow what came before it. */
export function applyPrincipal(
  before: PrincipalEntry | undefined,
  record: PrincipalRecord,
): PrincipalEntry | undefined {
  if (record.type === "added") {
    const { name, role, branches, key, owner, at } = record;
    if (before !== undefined) return undefined;
    const principal: Principal = {
      name,
      role,
      branches: [...new Set(branches)].sort(),
      key,
      state: "active",
      owner,
      addedAt: at,
      keySince: at,
      formerKeys: [],
    };
    return { principal, token: undefined, tokenAt: undefined };
  }
  if (before === undefined || before.principal.state === "revoked") return undefined;
  const { principal, tokenAt } = before;
  switch (record.type) {
    case "revoked":
      return { principal: { ...principal, state: "revoked" }, token: undefined, tokenAt };
    case "rotated":
      return {
        principal: {
          ...principal,
          key: record.key,
          keySince: record.at,
          formerKeys: [...principal.formerKeys, { key: principal.key, until: record.at }],
        },
        // Whoever gives up a key may have lost what lay beside it.
        token: undefined,
        tokenAt,
      };
    case "token":
      return { principal, token: record.hash, tokenAt: record.at };
  }
}
