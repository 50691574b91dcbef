// `chain-build.ts <dir> <events>`: writes a chain with its index and closes it.
import { openChain } from "../../packages/exochain/src/index.ts";
import { eventAt, perSecond, platform, report } from "./source-chain.ts";

const [dir = "", count = "1000"] = process.argv.slice(2);
const chain = await openChain({ ...platform, dir });
const started = performance.now();
for (let n = 1; n < Number(count); n++) {
  chain.append(eventAt(n));
  if (n % 512 === 0) await chain.ready();
}
await chain.flush();
const ours = perSecond(Number(count), started);
await chain.close();
report({ ours });
