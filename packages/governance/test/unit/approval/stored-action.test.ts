import type { Approval } from "@weftos/interface";
import { seededRandom } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { openAction, sealAction } from "../../../src/approval/stored-action.ts";

const key = new Uint8Array(32).fill(7);
const approval = { id: "a", digest: "00" } as Approval;
const kept = { input: { path: "/srv" }, rights: ["all"] };

describe("what is stored with a question", () => {
  it("opens for this question alone: not for another id, another digest, or under another key", () => {
    const sealed = sealAction(key, approval, kept, seededRandom(1));
    expect(openAction(key, approval, sealed)).toEqual(kept);
    for (const other of [
      { ...approval, id: "b" },
      { ...approval, digest: "01" },
    ])
      expect(() => openAction(key, other, sealed)).toThrow();
    expect(() => openAction(new Uint8Array(32).fill(8), approval, sealed)).toThrow();
  });
});
