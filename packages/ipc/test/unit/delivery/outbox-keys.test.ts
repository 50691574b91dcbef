import { expect, it } from "vitest";
import { keyName, OutboxKeys } from "../../../src/delivery/outbox-keys.ts";
import { a, b, c } from "../../router-harness.ts";

it("remembers the newest ten thousand keys, each sender's own", () => {
  const keys = new OutboxKeys();
  for (let index = 0; index <= 10_000; index += 1) keys.remember(keyName(a, String(index)), `id-${index}`);
  expect([keys.find(keyName(a, "0")), keys.find(keyName(a, "1"))]).toEqual([undefined, "id-1"]);
  expect([...keys.all()]).toHaveLength(10_000);
  expect(keys.find(keyName(b, "1"))).toBeUndefined();
  keys.forget(keyName(a, "1"));
  expect(keys.find(keyName(a, "1"))).toBeUndefined();
});

it("gives the keys of a process to its next start, and nobody else's", () => {
  const keys = new OutboxKeys();
  keys.remember(keyName(a, "x 1"), "id-x");
  keys.remember(keyName(b, "x 1"), "id-y");
  expect(keys.move(a, c)).toEqual([{ id: "id-x", name: keyName(c, "x 1") }]);
  expect([...keys.all()]).toEqual([
    [keyName(b, "x 1"), "id-y"],
    [keyName(c, "x 1"), "id-x"],
  ]);
});
