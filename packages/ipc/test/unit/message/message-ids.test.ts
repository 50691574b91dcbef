import { describe, expect, it } from "vitest";
import { MessageIds } from "../../../src/message/message-ids.ts";

describe("ids of messages", () => {
  it("are the bytes of the boot and a counter in hex, one after the other", () => {
    const ids = new MessageIds({ bytes: (length) => Uint8Array.from({ length }, (_, index) => index * 16 + 1) });
    for (let count = 1; count <= 70_000; count += 1) {
      const expected = `011121314151${count.toString(16).padStart(12, "0")}`;
      if (ids.next() !== expected) expect.fail(`the id of message ${count} is not ${expected}`);
    }
  });
});
