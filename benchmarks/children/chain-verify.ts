// `chain-verify.ts <dir>`: verifies a chain as an auditor does, and tells the most memory it took.
import { verifyChain } from "../../packages/exochain/src/index.ts";
import { megabytes, perSecond, platform, report } from "./source-chain.ts";

const [dir = ""] = process.argv.slice(2);
const started = performance.now();
const { valid, events } = await verifyChain(platform.files, dir);
if (!valid) throw new Error("the chain does not verify");
report({ ours: perSecond(events, started), megabytes: megabytes(process.resourceUsage().maxRSS * 1024) });
