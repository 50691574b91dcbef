import { seededRandom } from "@weftos/testkit";
import { expect, it } from "vitest";
import { MessageIds } from "../../../src/message/message-ids.ts";

it("writes ids of 24 hex characters, six bytes of the boot and six of the count, and reads its own", () => {
  const ids = new MessageIds({ bytes: () => Uint8Array.of(1, 2, 3, 4, 5, 255) } as never);
  expect([ids.next(), ids.next()]).toEqual([1, 2]);
  expect(ids.format(1)).toBe("0102030405ff000000000001");
  expect(ids.format(2 ** 48 - 1)).toBe("0102030405ffffffffffffff");
  expect(ids.parse(ids.format(0xabcdef))).toBe(0xabcdef);
});

it("reads no id of another boot, and nothing that is none", () => {
  const ids = new MessageIds(seededRandom(1));
  const others = new MessageIds(seededRandom(2));
  for (const id of [others.format(7), "", "x".repeat(24), ids.format(7).toUpperCase().replace(/\d/g, "G"), 7, null]) {
    expect(ids.parse(id)).toBeUndefined();
  }
});
