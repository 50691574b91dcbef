/** What every `AuditReader` keeps to. */
import type { AuditLog, AuditReader } from "@weftos/interface";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** An audit log with its reader. */
export interface AuditReaderCase {
  readonly audit: Pick<AuditLog, "append">;
  readonly reader: AuditReader;
  dispose(): Promise<void>;
}

/** Declares the suite for one implementation of `AuditReader`. */
export function auditReaderContract(name: string, implementation: { create(): Promise<AuditReaderCase> }): void {
  describe(`${name} keeps the contract of AuditReader`, () => {
    let subject: AuditReaderCase;
    const append = (kind: string, index: number): number =>
      subject.audit.append({ source: "contract", kind, actor: { pid: 7, agent: "tester" }, payload: { index } })
        .sequence;
    const read = async (filter?: Parameters<AuditReader["events"]>[0]): Promise<readonly unknown[]> => {
      const found: unknown[] = [];
      for await (const { kind, payload, source } of subject.reader.events(filter))
        if (source === "contract") found.push([kind, payload?.index]);
      return found;
    };
    beforeEach(async () => {
      subject = await implementation.create();
    });
    afterEach(() => subject.dispose());

    it("gives all that was recorded before, in order, with who and what", async () => {
      const sequence = append("contract.one", 1);
      append("contract.two", 2);
      expect(await read()).toEqual([
        ["contract.one", 1],
        ["contract.two", 2],
      ]);
      for await (const event of subject.reader.events({ from: sequence })) {
        expect(event).toMatchObject({ sequence, kind: "contract.one", actor: { pid: 7, agent: "tester" } });
        expect(Number.isSafeInteger(event.time)).toBe(true);
        break;
      }
    });

    it("gives the kinds that match, from a sequence on", async () => {
      append("contract.one", 1);
      const from = append("contract.two.deep", 2);
      append("other.kind", 3);
      append("contract.one", 4);
      expect(await read({ kind: "contract.*", from })).toEqual([
        ["contract.two.deep", 2],
        ["contract.one", 4],
      ]);
      expect(await read({ kind: "contract.one" })).toEqual([
        ["contract.one", 1],
        ["contract.one", 4],
      ]);
    });

    it("gives what was recorded at a time or later", async () => {
      append("contract.one", 1);
      let time = 0;
      for await (const event of subject.reader.events({ kind: "contract.one" })) time = event.time;
      expect(await read({ since: time })).toEqual([["contract.one", 1]]);
      expect(await read({ since: time + 1 })).toEqual([]);
    });

    it("ends with what was recorded when it was asked", async () => {
      append("contract.one", 1);
      let seen = 0;
      for await (const { source } of subject.reader.events()) {
        if (source !== "contract") continue;
        seen++;
        append("contract.one", seen + 1);
        if (seen > 5) break;
      }
      expect(seen).toBe(1);
    });

    it("ends with the reason of its signal", async () => {
      append("contract.one", 1);
      const reason = new Error("enough");
      await expect(read({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    });
  });
}
