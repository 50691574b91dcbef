import { describe, expect, it } from "vitest";
import { accountOf, type SpawnedProcess } from "../../../src/effect/account.ts";

const processes: Readonly<Record<string, SpawnedProcess>> = {
  "7": { name: "tidy", parent: 0 },
  "8": { name: "tidy" },
  "9": { name: "helper", parent: 7 },
  "10": { name: "of-helper", parent: 9 },
  "11": { name: "left", parent: 99 },
  "12": { name: "own-parent", parent: 12 },
};
const account = (id: string) => accountOf({ kind: "process", id }, (pid) => processes[pid]);

describe("the account of an act", () => {
  it("goes by the agent's name, so that a restart clears nothing; the kernel has none", () => {
    expect(account("7")).toBe("agent:tidy");
    expect(account("8")).toBe("agent:tidy");
    expect(account("404")).toBe("process:404");
    expect(accountOf({ kind: "principal", id: "ann" }, () => undefined)).toBe("principal:ann");
    expect(accountOf({ kind: "kernel", id: "0" }, () => undefined)).toBeUndefined();
  });

  it("is that of the root for all that descends from it", () => {
    expect(account("9")).toBe("agent:tidy");
    expect(account("10")).toBe("agent:tidy");
  });

  it("is that of the topmost that is left, where the top is gone, and ends where parents go round", () => {
    expect(account("11")).toBe("agent:left");
    expect(account("12")).toBe("agent:own-parent");
  });
});
