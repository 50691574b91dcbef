// `chain-proof.ts <dir>`: proofs of events all over a chain, as an auditor asks for them: event, payload, path, checkpoint.
import { openChain } from "../../packages/exochain/src/index.ts";
import { platform, report } from "./source-chain.ts";

const PROOFS = 1000;
const [dir = ""] = process.argv.slice(2);
const chain = await openChain({ ...platform, dir });
const { events } = await chain.checkpoint().then(() => chain.status());
// The index of queries is read in the background after an opening; proofs do not need it, but share the thread with that.
for await (const _event of chain.query({ source: "none" })) break;

async function timesOf(prove: (n: number) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < PROOFS; i++) {
    const started = performance.now();
    await prove((i * 1_037_389 + 17) % events);
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b);
}

const started = performance.now();
await chain.proof(5);
const first = performance.now() - started;
const inclusion = await timesOf((n) => chain.proof(n));
const consistency = await timesOf((n) => chain.consistency(n + 1, events));
await chain.close();
const at = (times: readonly number[], share: number): number => times[Math.floor(PROOFS * share)] ?? 0;
report({ ours: at(inclusion, 0.99), median: at(inclusion, 0.5), first, consistency: at(consistency, 0.99) });
