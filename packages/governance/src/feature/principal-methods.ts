/** The methods on principals in the one method table. Each change is a guarded action of an admin. */
import { fromHex } from "@weftos/crypto";
import type { Branch, Guard, Method, MethodCaller, Principal } from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import { SignatureError } from "../principal/principal-errors.ts";
import { branchesSchema, principalName, publicKey, roleSchema } from "../principal/principal-record.ts";
import type { PrincipalRegistry } from "../principal/principal-registry.ts";
import { checkMayChange } from "../principal/separation.ts";
import { rotationStatement } from "../principal/statement.ts";

const approval = z.optional(z.string().check(z.minLength(1), z.maxLength(128)));

/** Makes the methods. */
export function principalMethods(registry: PrincipalRegistry, guard: Pick<Guard, "perform">): readonly Method[] {
  const act = (
    action: string,
    name: string,
    attributes: Readonly<Record<string, string | boolean>>,
    { caller, approval }: { readonly caller: MethodCaller; readonly approval: string | undefined },
    run: () => Promise<Principal>,
    branches: () => readonly Branch[] = () => registry.find(name)?.branches ?? [],
  ): Promise<Principal> =>
    guard.perform<Principal>(
      {
        action,
        subject: subjectOf(caller),
        resource: `principal:${name}`,
        attributes: { name, ...attributes },
        approval,
        signal: caller.signal,
        summary: ({ role, branches, key, state }) => ({ name, role, branches, key, state }),
      },
      async () => {
        const { subject } = caller;
        // Everybody may give up a key of their own; the host's own code stands for the kernel.
        if (subject.kind !== "kernel" && subject.id !== name) checkMayChange(registry, subject.id, branches());
        return await run();
      },
    );
  return [
    defineMethod({
      name: "principal.list",
      description: "Lists the people and services that may act on this kernel",
      role: "viewer",
      mutates: false,
      input: z.strictObject({}),
      run: () => ({ principals: registry.list() }),
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
        approval,
      }),
      run: async ({ approval, ...given }, caller) => {
        const { name, role, branches, key, owner } = given;
        const facts = { role, branches: branches.join(","), key, owner };
        const grants = () => branches;
        return await act("principal.add", name, facts, { caller, approval }, () => registry.add(given), grants);
      },
    }),
    defineMethod({
      name: "principal.revoke",
      description: "Takes back all that a principal may do; its name is never given again",
      role: "admin",
      mutates: true,
      input: z.strictObject({ name: principalName, approval }),
      run: async ({ name, approval }, caller) =>
        await act("principal.revoke", name, {}, { caller, approval }, () => registry.revoke(name)),
    }),
    defineMethod({
      name: "principal.rotate",
      description: "Gives a principal a new key; what it signed before stays valid",
      role: "admin",
      mutates: true,
      input: z.strictObject({
        name: principalName,
        key: publicKey,
        /** By the old key over `rotationStatement`: who lost it is revoked and added under another name. */
        signature: z.string().check(z.regex(/^[0-9a-f]{128}$/, "expected an Ed25519 signature, 128 hex digits")),
        approval,
      }),
      run: async ({ name, key, signature, approval }, caller) => {
        const rotate = (): Promise<Principal> => {
          registry.active(name);
          if (registry.verify(name, rotationStatement(name, key), fromHex(signature)))
            return registry.rotate(name, key);
          const over = "its new key";
          throw new SignatureError(`expected the signature of ${name} over ${over}, got another signature`, {
            details: { principal: name, over },
          });
        };
        return await act("principal.rotate", name, { key }, { caller, approval }, rotate, () => []);
      },
    }),
    defineMethod({
      name: "principal.token",
      description: "Issues the token with which a principal's programs call this kernel; the one before ends",
      role: "admin",
      mutates: true,
      input: z.strictObject({ name: principalName, approval }),
      run: async ({ name, approval }, caller) => {
        let token = "";
        await act("principal.token", name, {}, { caller, approval }, async () => {
          token = await registry.issueToken(name);
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
