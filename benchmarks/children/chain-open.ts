// `chain-open.ts <dir>`: opens a chain from its last checkpoint and tells how long that took.
import { openChain } from "../../packages/exochain/src/index.ts";
import { platform, report } from "./source-chain.ts";

const [dir = ""] = process.argv.slice(2);
const started = performance.now();
const chain = await openChain({ ...platform, dir });
const ours = performance.now() - started;
await chain.close();
report({ ours });
