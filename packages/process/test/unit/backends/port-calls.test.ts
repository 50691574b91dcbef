import { expect, it } from "vitest";
import { PortCalls } from "../../../src/backends/port-calls.ts";
import type { FromWorker } from "../../../src/backends/worker-protocol.ts";

it("tells of a call that cannot be carried with a code, and goes on with the next", async () => {
  const posted: FromWorker[] = [];
  const calls = new PortCalls((message) => {
    if (posted.length === 0) {
      posted.push(message);
      throw new RangeError("expected at most 262144 parts");
    }
    posted.push(message);
  });
  await expect(
    calls.make({ method: "publish", topic: "t", payload: 1, options: { trace: null } }),
  ).rejects.toMatchObject({
    code: "PROCESS_INPUT_INVALID",
    message: "the call publish cannot be carried to the kernel: expected at most 262144 parts",
  });
  const next = calls.make({ method: "stateKeys" });
  calls.resolve(2, ["a"]);
  expect(await next).toEqual(["a"]);
});

it("makes no call of what JSON has no word for", async () => {
  const posted: FromWorker[] = [];
  const calls = new PortCalls((message) => posted.push(message));
  await expect(calls.make({ method: "stateSet", key: "k", value: Number.NaN })).rejects.toMatchObject({
    code: "PROCESS_INPUT_INVALID",
    message: "the value of a state: expected plain JSON of at most 64 levels, got NaN",
  });
  expect(posted).toEqual([]);
});
