import { fromBase64, toHex } from "@weftos/crypto";
import type { JsonObject } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { eventHash } from "../../../src/format/domain-hash.ts";
import type { Chain } from "../../../src/writer/chain.ts";
import { DIR, event, open, testPlatform } from "../../support/chain-fixture.ts";

const QUERIES = `${DIR}/cache/query`;

/** A closed chain with events of a thousand to a segment, some longer than a piece of the file. */
async function mixedChain(platform = testPlatform()) {
  const chain = await open(platform, { maxWaiting: 10_000 });
  let last: Promise<void> | undefined;
  for (let n = 1; n <= 1200; n++) {
    const payload: JsonObject = n % 301 === 0 ? { n, text: "y".repeat(40_000 + n) } : { n };
    last = chain.append(event(n, { payload })).durable;
  }
  await last;
  await chain.close();
  return platform;
}

async function expectProofs(chain: Chain): Promise<void> {
  for (const sequence of [0, 1, 5, 300, 301, 302, 602, 903, 904, 905, 1199, 1200]) {
    const stored = await chain.get(sequence);
    const proof = await chain.proof(sequence);
    expect(toHex(eventHash(fromBase64(proof.event)))).toBe(stored.hash);
    expect([sequence, proof.payload]).toEqual([sequence, expect.objectContaining({ salt: expect.any(String) })]);
  }
}

describe("an event for a proof", () => {
  it("is read where the index of queries says that it lies", async () => {
    const platform = await mixedChain();
    const chain = await open(platform);
    await expectProofs(chain);
    await chain.close();
  });

  it("is found among a thousand without that index, also behind records longer than a piece", async () => {
    const platform = await mixedChain();
    await platform.files.remove(QUERIES, { recursive: true });
    const chain = await open(platform);
    await expectProofs(chain);
    await chain.close();
  });
});
