// The chain alone, as the audit log of a program that has no kernel: record, prove one event, and catch who edits the file.
import { mkdtemp, open, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openChain, verifyChain } from "@weftos/exochain";
import { verifyProof } from "@weftos/exochain/verify";
import { nodePlatform } from "@weftos/platform";

const platform = nodePlatform();
const dir = await mkdtemp(join(tmpdir(), "audit-log-"));
const chain = await openChain({ ...platform, dir });

// A shop writes down its refunds. Each is on disk before the customer hears of it.
for (let order = 1; order <= 3; order++) {
  const receipt = chain.append({
    source: "billing",
    kind: "refund.paid",
    actor: { principal: "ada" },
    payload: { order, cents: 100 * order },
    idempotencyKey: `refund-${order}`,
  });
  await receipt.durable;
  console.log(`refund of order ${order} is event ${receipt.sequence}`);
}

// A retry records nothing new.
const retried = chain.append({
  source: "billing",
  kind: "refund.paid",
  actor: { principal: "ada" },
  payload: { order: 3, cents: 300 },
  idempotencyKey: "refund-3",
});
console.log(`the retry of order 3 is event ${retried.sequence} again`);

// An auditor keeps the signed head, and later checks one event without having the chain.
const { head } = await chain.checkpoint();
const proof = await chain.proof(retried.sequence);
await chain.close();
console.log("one event, offline:", (await verifyProof(proof)).valid ? "proven" : "NOT proven");

const before = await verifyChain(platform.files, dir, { head });
console.log(`the whole chain: ${before.valid ? "valid" : "broken"}, ${before.assurance}`);

// Somebody changes one byte of the second refund.
const [file = ""] = await readdir(join(dir, "chain")).then((names) => names.filter((name) => name.endsWith(".rvf")));
const handle = await open(join(dir, "chain", file), "r+");
const { size } = await handle.stat();
await handle.write(new Uint8Array([0xff]), 0, 1, Math.floor(size / 2));
await handle.close();
const after = await verifyChain(platform.files, dir, { head });
console.log(
  `after one changed byte: ${after.valid ? "valid" : "broken"}, ${after.faults[0]?.code} in ${after.faults[0]?.file}`,
);
await rm(dir, { recursive: true });
