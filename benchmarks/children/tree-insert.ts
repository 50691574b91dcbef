// Prints, in microseconds, what one more node among 100 000 siblings costs the resource tree, the root after it included;
// and what the root costs when all siblings are hashed, as a tree with a flat list of children would.
import { createHash } from "node:crypto";
import { ResourceNodes } from "../../packages/exochain/src/tree/resource-nodes.ts";

const SIBLINGS = 100_000;
const INSERTS = 5000;
const FLAT_ROUNDS = 3;

const nodes = new ResourceNodes();
const insert = (path: string): void => {
  nodes.apply([{ op: "create", path, kind: "app", metadata: { version: 1 } }]);
};
insert("/apps");
for (let i = 0; i < SIBLINGS; i += 1) insert(`/apps/app${i}`);
let bytes = nodes.root.length;
const times: number[] = [];
for (let i = 0; i < INSERTS; i += 1) {
  const began = performance.now();
  insert(`/apps/more${i}`);
  bytes += nodes.root.length;
  times.push((performance.now() - began) * 1000);
}
times.sort((a, b) => a - b);

const began = performance.now();
for (let round = 0; round < FLAT_ROUNDS; round += 1) {
  const hash = createHash("shake256", { outputLength: 32 });
  for (const { hash: child } of nodes.require("/apps").children.values()) hash.update(child);
  bytes += hash.digest().length;
}
const flat = ((performance.now() - began) * 1000) / FLAT_ROUNDS;
const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
if (bytes === 0) throw new Error("nothing was hashed");
console.log(JSON.stringify({ mean, p99: times[Math.floor(INSERTS * 0.99)], flat }));
