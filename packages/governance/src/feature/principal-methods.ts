/** The methods on principals in the one method table. Each change is a guarded action of an admin. */
import { fromHex } from "@weftos/crypto";
import type { Branch, Guard, Method, MethodCaller, Principal } from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import { SignatureError } from "../principal/principal-errors.ts";
import { branchesSchema, principalName, publicKey, roleSchema } from "../principal/principal-record.ts";
import type { PrincipalRegistry } from "../principal/principal-registry.ts";
import { Consents, checkMayChange } from "../principal/separation.ts";
import { type ConsentStatement, rotationStatement } from "../principal/statement.ts";

const approval = z.lazy(() => z.optional(z.string().check(z.minLength(1), z.maxLength(128))));

const signature = z.string().check(z.regex(/^[0-9a-f]{128}$/, "expected an Ed25519 signature, 128 hex digits"));
/** By others over `consentStatement`. */
const consents = z.lazy(() =>
  z._default(
    z
      .array(z.strictObject({ principal: principalName, at: z.int().check(z.minimum(0)), signature }))
      .check(z.maxLength(100)),
    [],
  ),
);

/** What comes with a change. */
interface Asked {
  readonly caller: MethodCaller;
  readonly approval?: string | undefined;
  readonly consents?: z.output<typeof consents>;
  /** What `principal.add` gives. */
  readonly gives?: NonNullable<ConsentStatement["gives"]> & { readonly branches: readonly Branch[] };
}

/** What the methods need. */
export interface PrincipalMethodDeps {
  readonly registry: PrincipalRegistry;
  readonly guard: Pick<Guard, "perform">;
  /** Milliseconds UTC. */
  readonly now: () => number;
  /** Hash of the event with which the chain began. */
  readonly chain: () => string;
}

/** Makes the methods. */
export function principalMethods({ registry, guard, now, chain }: PrincipalMethodDeps): readonly Method[] {
  /**
   * Nobody makes a branch theirs by adding others to it, by taking away those who hold it, or by calling in their name.
   *
   * @returns the time of the newest consent of whom it is about, milliseconds UTC; 0 when there is none
   */
  const checkChange = (
    action: ConsentStatement["action"],
    name: string,
    { caller, consents = [], gives }: Asked,
  ): number => {
    const { subject } = caller;
    // The host's own code stands for the kernel; everybody may give up what is their own.
    if (subject.kind === "kernel" || subject.id === name) return 0;
    const held = registry.find(name)?.branches ?? [];
    checkMayChange(registry, subject.id, gives?.branches ?? held);
    const given = consents.map((one) => ({ ...one, signature: fromHex(one.signature) }));
    // What was agreed to for one token is not agreed to for the next; names are added and revoked once.
    const after = action === "token" ? registry.tokenAt(name) : undefined;
    const agreed = new Consents(registry, subject.id, {
      after,
      of: { chain: chain(), action, name, gives },
      consents: given,
      now: now(),
    });
    if (action === "add") agreed.checkBranches(registry, gives?.branches ?? []);
    // Fewer legislators are a smaller quorum; fewer of the other branches give nobody a thing.
    else if (action === "revoke") agreed.checkBranches(registry, held.includes("legislative") ? ["legislative"] : []);
    else agreed.check(registry.active(name).name);
    return agreed.latestOf(name);
  };
  const act = (
    action: string,
    name: string,
    attributes: Readonly<Record<string, string | boolean>>,
    { caller, approval }: Asked,
    run: () => Promise<Principal>,
  ): Promise<Principal> =>
    guard.perform<Principal>(
      {
        action,
        subject: subjectOf(caller),
        resource: `principal:${name}`,
        attributes: { name, ...attributes },
        approval,
        signal: caller.signal,
        onWarnings: caller.onWarnings,
        summary: ({ role, branches, key, state }) => ({ name, role, branches, key, state }),
      },
      run,
    );
  return [
    defineMethod({
      name: "principal.list",
      description: "Lists the people and services that may act on this kernel",
      role: "viewer",
      mutates: false,
      input: z.strictObject({}),
      run: () => ({ chain: chain(), principals: registry.list() }),
    }),
    defineMethod({
      name: "principal.whoami",
      description: "Tells who calls: its name and role, and what of it is known",
      role: "viewer",
      mutates: false,
      input: z.strictObject({}),
      run: (_input, { subject, role }) => ({
        kind: subject.kind,
        name: subject.id,
        role,
        principal: subject.kind === "principal" ? (registry.find(subject.id) ?? null) : null,
      }),
    }),
    defineMethod({
      name: "principal.add",
      description: "Makes a person or service known, by name, public key, role and branches",
      role: "admin",
      mutates: true,
      input: z.strictObject({
        name: principalName,
        role: roleSchema,
        branches: z._default(branchesSchema, []),
        key: publicKey,
        /** Whether it owns the state directory. */
        owner: z._default(z.boolean(), false),
        consents,
        approval,
      }),
      run: async ({ approval, consents, ...given }, caller) => {
        const { name, role, branches, key, owner } = given;
        const facts = { role, branches: branches.join(","), key, owner };
        const asked = { caller, approval, consents, gives: { role, branches, key } };
        return await act("principal.add", name, facts, asked, async () => {
          registry.checkNew(given);
          // The host's own code stands for the kernel, and knows what it begins with.
          if (caller.subject.kind !== "kernel") registry.checkFirst(given);
          checkChange("add", name, asked);
          return await registry.add(given);
        });
      },
    }),
    defineMethod({
      name: "principal.revoke",
      description: "Takes back all that a principal may do; its name is never given again",
      role: "admin",
      mutates: true,
      input: z.strictObject({ name: principalName, consents, approval }),
      run: async ({ name, ...more }, caller) =>
        await act("principal.revoke", name, {}, { caller, ...more }, async () => {
          checkChange("revoke", name, { caller, ...more });
          return await registry.revoke(name);
        }),
    }),
    defineMethod({
      name: "principal.rotate",
      description: "Gives a principal a new key, and ends its token; what it signed before stays valid",
      role: "admin",
      mutates: true,
      input: z.strictObject({
        name: principalName,
        key: publicKey,
        /** By the old key over `rotationStatement`: who lost it is revoked and added under another name. */
        signature,
        approval,
      }),
      run: async ({ name, key, signature, approval }, caller) => {
        const rotate = (): Promise<Principal> => {
          registry.active(name);
          if (registry.verify(name, rotationStatement({ chain: chain(), name, key }), fromHex(signature)))
            return registry.rotate(name, key);
          const over = "its new key";
          throw new SignatureError(`expected the signature of ${name} over ${over}, got another signature`, {
            details: { principal: name, over },
          });
        };
        return await act("principal.rotate", name, { key }, { caller, approval }, rotate);
      },
    }),
    defineMethod({
      name: "principal.token",
      description: "Issues the token with which a principal's programs call this kernel; the one before ends",
      role: "admin",
      mutates: true,
      input: z.strictObject({ name: principalName, consents, approval }),
      run: async ({ name, ...more }, caller) => {
        let token = "";
        await act("principal.token", name, {}, { caller, ...more }, async () => {
          token = await registry.issueToken(name, checkChange("token", name, { caller, ...more }));
          return registry.active(name);
        });
        return { name, token };
      },
    }),
  ];
}

function subjectOf({ subject, role }: MethodCaller): MethodCaller["subject"] {
  return subject.kind === "principal" ? { ...subject, role } : subject;
}
