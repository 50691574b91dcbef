import { beforeAll, describe, expect, it } from "vitest";
import { parseKeys } from "../../../src/format/key-set.ts";
import { verifyConsistency } from "../../../src/proof/verify-consistency.ts";
import type { Chain } from "../../../src/writer/chain.ts";
import { event, open, testPlatform } from "../../support/chain-fixture.ts";

let chain: Chain;
let older: string;
let newer: string;
let document: string;

beforeAll(async () => {
  chain = await open(testPlatform(3));
  for (let n = 0; n < 5; n++) chain.append(event(n));
  const first = await chain.checkpoint();
  for (let n = 0; n < 8; n++) chain.append(event(n));
  const second = await chain.checkpoint();
  older = first.note;
  newer = second.note;
  document = JSON.stringify(await chain.consistency(first.size, second.size));
});

describe("a proof of consistency, offline", () => {
  it("says of two roots that they belong together, and of two kept checkpoints that they are these", async () => {
    expect(await verifyConsistency(document)).toMatchObject({ valid: true, assurance: "linked", from: 6, to: 14 });
    expect(await verifyConsistency(document, { older })).toMatchObject({ valid: true, assurance: "linked" });
    const keys = parseKeys((await chain.keyHistory())[0]?.keys);
    expect(await verifyConsistency(new TextEncoder().encode(document), { older, newer, keys })).toMatchObject({
      valid: true,
      assurance: "pinned",
    });
  });

  it("is refused with any character of a hash or size changed", async () => {
    for (let at = 0; at < document.length; at++) {
      const letter = document[at] ?? "";
      if (!/[A-Za-z0-9]/.test(letter)) continue;
      const changed = document.slice(0, at) + (letter === "7" ? "8" : "7") + document.slice(at + 1);
      const result = await verifyConsistency(changed, { older, newer });
      expect([at, result.valid]).toEqual([at, false]);
    }
  });

  it("is refused with other checkpoints, other keys, and what is no document", async () => {
    const other = await open(testPlatform(4));
    for (let n = 0; n < 5; n++) other.append(event(n));
    const stranger = await other.checkpoint();
    const keys = parseKeys((await other.keyHistory())[0]?.keys);
    for (const [pins, code] of [
      [{ older: newer }, "CHAIN_PIN"],
      [{ older: stranger.note }, "CHAIN_PIN"],
      [{ newer: "nothing" }, "CHAIN_CHECKPOINT"],
      [{ older, keys }, "CHAIN_SIGNATURE"],
    ] as const)
      expect(await verifyConsistency(document, pins)).toMatchObject({ valid: false, code });
    for (const wrong of [
      "",
      "[]",
      "{}",
      '{"from":1}',
      document.replace(/"path":\[.*?\]/, '"path":[1]'),
      "x".repeat(70_000),
    ])
      expect(await verifyConsistency(wrong)).toMatchObject({ valid: false, code: "CHAIN_PROOF" });
    await other.close();
  });
});
