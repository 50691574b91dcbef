// A program that appends until it is killed, and tells each acknowledged event on its output. Run by the kill -9 test.
import { writeSync } from "node:fs";
import { nodePlatform } from "@weftos/platform";
import { openChain } from "../../src/index.ts";

const dir = process.argv[2] ?? "";
const chain = await openChain({ ...nodePlatform(), dir, checkpointEvents: 50, rotateBytes: 100_000 });
writeSync(1, `open ${chain.status().events}\n`);
let counter = 0;
await Promise.all(
  Array.from({ length: 16 }, async () => {
    for (;;) {
      counter += 1;
      chain.digest({ action: "ipc.send", actor: 1, target: 2, outcome: "ok", bytes: counter, time: 1 });
      const receipt = chain.append({
        source: "t",
        kind: "t.happened",
        actor: {},
        payload: { counter, text: "x".repeat(counter % 300) },
      });
      await receipt.durable;
      writeSync(1, `${receipt.sequence} ${Buffer.from(receipt.hash).toString("hex")}\n`);
    }
  }),
);
