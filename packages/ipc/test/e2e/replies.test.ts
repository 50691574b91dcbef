import type { Message } from "@weftos/interface";
import { testKernel } from "@weftos/testkit/kernel";
import { describe, expect, it } from "vitest";

const module = new URL("./agents/answers-all.ts", import.meta.url);

describe.each(["inline", "worker"] as const)("an agent that replies to everything, %s", (backend) => {
  it("is told what became of each reply, and does not fail by a message that asked for none", async () => {
    const { kernel } = await testKernel();
    const stream = (await kernel.ipc.stream("became"))[Symbol.asyncIterator]();
    const became = async (): Promise<unknown> => ((await stream.next()).value as Message).payload;
    const { pid } = await kernel.process.spawn<never>(module, { backend });

    await kernel.ipc.send(pid, "plain" as never);
    expect(await became()).toEqual(["unasked", "unasked", true]);
    expect((await kernel.ipc.request(pid, "asked" as never)).payload).toBe("asked");
    expect(await became()).toEqual(["answered", "late", true]);
    await expect(kernel.ipc.request(pid, "decline" as never)).rejects.toMatchObject({ code: "TEST_DECLINED" });
    expect(await became()).toEqual(["answered", "late", true]);
    await kernel.ipc.send(pid, "kept" as never, { reliable: true });
    expect(await became()).toEqual(["unasked", "unasked", true]);

    expect(kernel.process.list().find((info) => info.pid === pid)?.state).toBe("running");
    expect(kernel.ipc.deadLetters.counts()).toEqual({ "late-reply": 2 });
    await kernel.shutdown();
  });
});
