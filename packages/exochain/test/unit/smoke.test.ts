import { memoryPlatform } from "@weftos/testkit";
import { expect, it } from "vitest";
import { filesSource } from "../../src/verify/chain-source.ts";
import { verify } from "../../src/verify/verify.ts";
import { openChain } from "../../src/writer/open-chain.ts";

const logger = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, enabled: () => false };

it("smoke", async () => {
  const platform = memoryPlatform({ seed: 7 });
  const open = () =>
    openChain({ files: platform.files, dir: "/w", clock: platform.clock, random: platform.random, logger });
  const chain = await open();
  const receipts = [1, 2, 3].map((n) => chain.append({ source: "t", kind: "t.x", actor: { pid: n }, payload: { n } }));
  await receipts[2]!.durable;
  chain.digest({ action: "ipc.send", actor: 1, target: 2, outcome: "ok", bytes: 3, time: 5 });
  expect(chain.status().sequence).toBe(3);
  expect(await chain.tail(2)).toMatchObject([{ payload: { n: 2 } }, { payload: { n: 3 } }]);
  expect(await chain.verify()).toMatchObject({ valid: true, tail: "closed", assurance: "signed", faults: [] });
  chain.append({ source: "t", kind: "t.x", actor: { pid: 9 }, payload: {} });
  await chain.close();
  expect(await verify(filesSource(platform.files, "/w"))).toMatchObject({
    valid: true,
    tail: "closed",
    faults: [],
    events: 6,
  });
  const again = await open();
  expect(again.status().sequence).toBe(5);
  again.append({ source: "t", kind: "t.x", actor: { pid: 9 }, payload: {} });
  expect(await again.verify()).toMatchObject({ valid: true, faults: [], events: 7 });
  await again.close();
  expect((await verify(filesSource(platform.files, "/w"))).valid).toBe(true);
});
