// People for tests: each name has a key of its own, made from the name.
import { ed25519, shake256, toHex } from "@weftos/crypto";
import type { Approval, Branch, Role } from "@weftos/interface";
import { answerStatement, type ConsentStatement, consentStatement, rotationStatement } from "../src/index.ts";
import type { KernelDouble } from "./kernel-double.ts";

export function signerOf(name: string) {
  return ed25519.signer(shake256(new TextEncoder().encode(`seed of ${name}`)));
}

export function keyOf(name: string): string {
  return toHex(signerOf(name).publicKey);
}

export const admin = {
  subject: { kind: "principal", id: "owner", role: "admin" },
  role: "admin",
  signal: new AbortController().signal,
} as const;

/** The host itself, which may make anybody known. */
export const host = { ...admin, subject: { kind: "kernel", id: "0" } } as const;

/** The chain of a kernel double: the hash that its audit log gives to the first event. */
export const CHAIN = "02".repeat(32);

/** What a rotation needs. */
export function rotation(name: string, key: string, by = name, chain = CHAIN) {
  return { name, key, signature: toHex(signerOf(by).sign(rotationStatement({ chain, name, key }))) };
}

/** Somebody's consent to a change of who is known. */
export function consent(principal: string, of: Omit<ConsentStatement, "at" | "chain">, at = 0, chain = CHAIN) {
  return { principal, at, signature: toHex(signerOf(principal).sign(consentStatement({ ...of, chain, at }))) };
}

/** Makes somebody known, as the host would. */
export async function known(
  kernel: KernelDouble,
  name: string,
  role: Role = "approver",
  branches: readonly Branch[] = ["executive"],
): Promise<void> {
  await kernel.method("principal.add").call({ name, role, branches, key: keyOf(name) }, host);
}

/** What somebody says of an approval, signed. */
export function signedBy(
  name: string,
  approval: Pick<Approval, "id" | "digest">,
  verdict: "approve" | "deny" | "revoke" = "approve",
  more: { readonly standing?: boolean; readonly comment?: string } = {},
): Uint8Array {
  const { standing = false, comment = "" } = more;
  return signerOf(name).sign(
    answerStatement({ approval: approval.id, digest: approval.digest, verdict, standing, comment }),
  );
}
