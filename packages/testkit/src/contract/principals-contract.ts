/** What every `Principals` keeps to. */
import type { Principals } from "@weftos/interface";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** Principals under test: `ann`, who owns the directory, and `bob` are known, `eve` was revoked, nobody else. */
export interface PrincipalsCase {
  readonly principals: Principals;
  /** Token of ann; bob has none. */
  readonly token: string;
  /** Signs with the key of one of the three. */
  sign(name: "ann" | "bob" | "eve", message: Uint8Array): Uint8Array;
  /** Revokes bob. */
  revokeBob(): Promise<void>;
  dispose(): Promise<void>;
}

const message: Uint8Array = new TextEncoder().encode("the statement");

/** Declares the suite for one implementation of `Principals`. */
export function principalsContract(name: string, implementation: { create(): Promise<PrincipalsCase> }): void {
  describe(`${name} keeps the contract of Principals`, () => {
    let subject: PrincipalsCase;
    beforeEach(async () => {
      subject = await implementation.create();
    });
    afterEach(() => subject.dispose());

    it("finds those who are known, and nobody else", () => {
      const { principals } = subject;
      expect(principals.find("ann")).toMatchObject({ name: "ann", state: "active" });
      expect(principals.find("eve")).toMatchObject({ state: "revoked" });
      expect(principals.find("zoe")).toBeUndefined();
      expect(principals.owner()?.name).toBe("ann");
      expect(principals.list().map((one) => one.name)).toEqual(["ann", "bob", "eve"]);
      expect(principals.find("ann")?.key).toMatch(/^[0-9a-f]{64}$/);
    });

    it("takes a signature for exactly the message and the principal", () => {
      const { principals } = subject;
      const signature = subject.sign("ann", message);
      expect(principals.verify("ann", message, signature)).toBe(true);
      expect(principals.verify("bob", message, signature)).toBe(false);
      expect(principals.verify("ann", message.subarray(1), signature)).toBe(false);
      expect(principals.verify("ann", message, signature.subarray(1))).toBe(false);
      expect(principals.verify("zoe", message, signature)).toBe(false);
    });

    it("takes nothing from who was revoked, from the next call on", async () => {
      const { principals } = subject;
      expect(principals.verify("eve", message, subject.sign("eve", message))).toBe(false);
      const signature = subject.sign("bob", message);
      expect(principals.verify("bob", message, signature)).toBe(true);
      await subject.revokeBob();
      expect(principals.verify("bob", message, signature)).toBe(false);
    });

    it("tells whose a token is, and of no other text", () => {
      const { principals, token } = subject;
      expect(principals.byToken(token)?.name).toBe("ann");
      for (const other of ["", token.slice(1), `${token}0`, token.toUpperCase() === token ? "x" : token.toUpperCase()])
        expect(principals.byToken(other)).toBeUndefined();
    });
  });
}
