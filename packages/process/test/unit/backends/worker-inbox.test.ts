import { describe, expect, it } from "vitest";
import { WorkerInbox } from "../../../src/backends/worker-inbox.ts";
import { textMessage as message } from "../../text-message.ts";

describe("the inbox inside a worker", () => {
  it("fails a receive whose condition throws, at once or later, and neither its sender nor who waits beside it", async () => {
    const credits: number[] = [];
    const inbox = new WorkerInbox((count) => credits.push(count));
    const where = (): boolean => {
      throw new TypeError("no such field");
    };
    const later = expect(inbox.receive({ where })).rejects.toThrow("no such field");
    const plain = inbox.receive();
    inbox.push(message("a"));
    await later;
    expect((await plain)?.payload).toBe("a");
    inbox.push(message("b"));
    await expect(inbox.receive({ where })).rejects.toThrow("no such field");
    expect(inbox.receiving).toBe(false);
    expect((await inbox.receive())?.payload).toBe("b");
    inbox.settle();
    expect(credits.reduce((sum, count) => sum + count, 0)).toBe(2);
  });

  it("gives what a selective receiver passed over to who asks for anything, at once", async () => {
    const inbox = new WorkerInbox(() => undefined);
    const special = inbox.receive({ where: ({ payload }) => payload === "x" });
    for (const payload of ["a", "b"]) inbox.push(message(payload));
    expect([(await inbox.receive())?.payload, (await inbox.receive())?.payload]).toEqual(["a", "b"]);
    inbox.push(message("x"));
    expect((await special)?.payload).toBe("x");
  });
});
