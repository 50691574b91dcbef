// Makes `vectors/exochain/v2`: a chain of fixed seeds, clock and salts, byte for byte, and edits of it that a verifier must
// refuse. Run with `node --conditions=weftos-source packages/exochain/test/vectors/make-vectors.ts`; a test compares.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";
import { ed25519, toHex } from "@weftos/crypto";
import { GENESIS, genesisPayload, KEYS_ROTATED, REDACTED } from "../../src/format/chain-event.ts";
import { describeKeys } from "../../src/format/key-set.ts";
import { encodeSegment } from "../../src/format/segment.ts";
import type { ChainSigner } from "../../src/keys/chain-signer.ts";
import { verify } from "../../src/verify.ts";
import { openChain } from "../../src/writer/open-chain.ts";
import { DIR, event, type Snapshot, snapshot, sourceOf, testPlatform } from "../support/chain-fixture.ts";
import { CraftedChain } from "./crafted-chain.ts";
import { applyEdits, type Edit } from "./edits.ts";

export const FOLDER: string = join(import.meta.dirname, "../../../../vectors/exochain/v2");

/** ML-DSA-65 without its random part (FIPS 204 §3.4), so that the bytes are fixed. */
export function fixedSigner(byte: number): ChainSigner {
  const seed = new Uint8Array(32).fill(byte);
  const classic = ed25519.signer(seed);
  const { publicKey, secretKey } = ml_dsa65.keygen(seed);
  return {
    keys: { ed25519: classic.publicKey, mlDsa65: publicKey },
    sign: (text) => ({ ed25519: classic.sign(text), mlDsa65: ml_dsa65.sign(text, secretKey, { extraEntropy: false }) }),
  };
}

/** The golden chain as this package's writer makes it. */
export async function goldenChain(): Promise<Snapshot> {
  const platform = testPlatform(2);
  const { files, clock, random } = platform;
  const chain = await openChain({ files, clock, random, dir: DIR, signer: fixedSigner(0x2a) });
  await chain.append(event(1)).durable;
  await clock.advance(1500);
  const trace = `${"0af7651916cd43dd8448eb211c80319c"}-${"b7ad6b7169203331"}`;
  chain.append({
    source: "governance",
    kind: "governance.deny",
    actor: { principal: "ada", pid: 7, agent: "assistant" },
    payload: { reason: "GOV-001", rules: ["GOV-001"], größe: -5 },
    trace,
    idempotencyKey: "order-1",
  });
  await chain.append(event(3, { payload: {} })).durable;
  await chain.checkpoint();
  for (let n = 0; n < 70; n++)
    chain.digest({
      action: n % 2 === 0 ? "ipc.send" : "fs.read",
      actor: 7,
      target: n % 2 === 0 ? 8 : "/etc/hosts",
      outcome: n % 10 === 0 ? "denied" : "ok",
      bytes: n,
      time: 1_700_000_000_000 + n,
    });
  await chain.close();
  return await snapshot(files);
}

/** A chain with what this package's writer does not make yet: a rotation of keys and a redaction. */
export function rotatedChain(): Snapshot {
  const chain = new CraftedChain(fixedSigner(0x2a));
  const next = fixedSigner(0x2b);
  chain.append(GENESIS, genesisPayload(chain.id, fixedSigner(0x2a).keys));
  const secret = chain.append("note.made", { secret: "to be forgotten" });
  chain.append(KEYS_ROTATED, { keys: describeKeys(next.keys), reason: "yearly" });
  chain.checkpoint();
  chain.rotate(next);
  chain.append(REDACTED, { sequence: secret, reason: "asked for" });
  chain.append("test.happened", undefined);
  chain.redact(secret);
  chain.checkpoint();
  return chain.files();
}

export interface Negative {
  readonly name: string;
  readonly chain: "golden" | "rotated";
  readonly edits: readonly Edit[];
  /** First fault that must be found. */
  readonly fault: { readonly code: string; readonly file: string; readonly offset: number };
}

const EVENTS = "chain/000000000000.rvf";
const CONTENT = "chain/content/000000000000.rvf";

/** Edits of the vectors, each of which makes an invalid chain. */
export function negativeEdits(
  golden: Snapshot,
  rotated: Snapshot,
): { name: string; chain: "golden" | "rotated"; edits: readonly Edit[] }[] {
  const events = segmentsOf(golden, EVENTS);
  const content = segmentsOf(golden, CONTENT);
  const at = (segments: readonly Part[], i: number): Part => segments[i] as Part;
  const genesis = at(events, 0);
  const second = at(events, 1);
  const third = at(events, 2);
  const checkpoint = at(events, 3);
  const golden_ = (name: string, ...edits: Edit[]) => ({ name, chain: "golden" as const, edits });
  const goBack = new CraftedChain(fixedSigner(0x2a));
  goBack.append(GENESIS, genesisPayload(goBack.id, fixedSigner(0x2a).keys));
  goBack.append("test.happened", {});
  goBack.time -= 1;
  goBack.append("test.happened", {});
  goBack.checkpoint();
  const two = new CraftedChain(fixedSigner(0x2a));
  two.append(GENESIS, genesisPayload(two.id, fixedSigner(0x2a).keys));
  two.append(GENESIS, genesisPayload(two.id, fixedSigner(0x2a).keys));
  const foreign = new CraftedChain(fixedSigner(0x2a));
  foreign.append(GENESIS, genesisPayload(foreign.id, fixedSigner(0x2a).keys));
  foreign.rotate(fixedSigner(0x2c));
  foreign.checkpoint();
  const note = new TextDecoder().decode(golden.get("chain/checkpoint"));
  const lines = note.split("\n");
  const reseal = (text: string): Edit => ({
    op: "put",
    file: EVENTS,
    at: checkpoint.at,
    remove: checkpoint.bytes.length,
    hex: toHex(encodeSegment(0xf1, 4, new TextEncoder().encode(text))),
  });
  const first = new TextDecoder().decode(
    checkpoint.bytes.subarray(
      64,
      64 + new DataView(checkpoint.bytes.buffer, checkpoint.bytes.byteOffset).getUint32(16, true),
    ),
  );
  const own = first.split("\n");
  return [
    golden_("a bit of an event is flipped", { op: "flip", file: EVENTS, at: second.at + 70, xor: 1 }),
    golden_("a bit of the magic is flipped", { op: "flip", file: EVENTS, at: second.at, xor: 1 }),
    golden_("the reserved timestamp is not zero", { op: "flip", file: EVENTS, at: second.at + 0x18, xor: 1 }),
    golden_("SIGNED is set on a checkpoint", { op: "flip", file: EVENTS, at: checkpoint.at + 6, xor: 4 }),
    golden_("TOMBSTONE is set without a redaction", {
      op: "flip",
      file: CONTENT,
      at: at(content, 1).at + 6,
      xor: 0x20,
    }),
    golden_("a byte of padding is not zero", { op: "flip", file: EVENTS, at: third.at - 1, xor: 1 }),
    golden_("a bit of content is flipped", { op: "flip", file: CONTENT, at: at(content, 1).at + 110, xor: 1 }),
    golden_("two segments are swapped", {
      op: "put",
      file: EVENTS,
      at: second.at,
      remove: second.bytes.length + third.bytes.length,
      hex: toHex(third.bytes) + toHex(second.bytes),
    }),
    golden_("a segment of events is dropped", {
      op: "put",
      file: EVENTS,
      at: second.at,
      remove: second.bytes.length,
      hex: "",
    }),
    golden_("a segment of events is there twice", {
      op: "put",
      file: EVENTS,
      at: third.at,
      remove: 0,
      hex: toHex(second.bytes),
    }),
    golden_("a segment of content is dropped", {
      op: "put",
      file: CONTENT,
      at: at(content, 1).at,
      remove: at(content, 1).bytes.length,
      hex: "",
    }),
    golden_("genesis is dropped", { op: "put", file: EVENTS, at: 0, remove: genesis.bytes.length, hex: "" }),
    golden_(
      "the files are cut behind the first event",
      { op: "cut", file: EVENTS, length: third.at },
      { op: "cut", file: CONTENT, length: at(content, 2).at },
    ),
    golden_("the last segment is incomplete though it was acknowledged", {
      op: "cut",
      file: EVENTS,
      length: (golden.get(EVENTS)?.length ?? 0) - 1,
    }),
    golden_("the ML-DSA-65 line is stripped", reseal(`${own.slice(0, -2).join("\n")}\n`)),
    golden_("the Ed25519 line is stripped", reseal(`${[...own.slice(0, -3), ...own.slice(-2)].join("\n")}`)),
    golden_("the two lines are swapped", reseal([...own.slice(0, -3), own.at(-2), own.at(-3), ""].join("\n"))),
    golden_("a third line is added", reseal(`${first}${own.at(-2)}\n`)),
    golden_(
      "the time of a checkpoint is changed",
      reseal(first.replace(/^time (\d+)$/m, (_, time: string) => `time ${Number(time) + 1}`)),
    ),
    golden_("the root of a checkpoint is changed", reseal(first.replace(own[2] as string, lines[2] as string))),
    golden_("the checkpoint file is another one", {
      op: "flip",
      file: "chain/checkpoint",
      at: note.length - 100,
      xor: 1,
    }),
    golden_("the checkpoint file is missing", { op: "remove", file: "chain/checkpoint" }),
    golden_("a leaf of a digest batch is changed", { op: "flip", file: "journal/leaves", at: 32 + 19, xor: 1 }),
    golden_("the leaves are cut", { op: "cut", file: "journal/leaves", length: 32 + 64 * 32 }),
    golden_("a stranger lies in the folder", { op: "add", file: "chain/readme.txt", hex: "00" }),
    golden_("time goes back", ...replaceAll(golden, goBack.files())),
    golden_("there are two genesis events", ...replaceAll(golden, two.files())),
    golden_("a checkpoint is signed by other keys than genesis names", ...replaceAll(golden, foreign.files())),
    { name: "content is gone without a redaction", chain: "rotated", edits: replaceAll(rotated, withoutRedaction()) },
    {
      name: "a rotation is not signed by the old keys",
      chain: "rotated",
      edits: replaceAll(rotated, unsignedRotation()),
    },
  ];
}

function withoutRedaction(): Snapshot {
  const chain = new CraftedChain(fixedSigner(0x2a));
  chain.append(GENESIS, genesisPayload(chain.id, fixedSigner(0x2a).keys));
  chain.redact(chain.append("note.made", { secret: "x" }));
  chain.checkpoint();
  return chain.files();
}

function unsignedRotation(): Snapshot {
  const chain = new CraftedChain(fixedSigner(0x2a));
  const next = fixedSigner(0x2b);
  chain.append(GENESIS, genesisPayload(chain.id, fixedSigner(0x2a).keys));
  chain.append(KEYS_ROTATED, { keys: describeKeys(next.keys), reason: "stolen" });
  chain.append("test.happened", {});
  chain.rotate(next);
  chain.checkpoint();
  return chain.files();
}

function replaceAll(from: Snapshot, to: Snapshot): Edit[] {
  const gone = [...from.keys()].filter((file) => !to.has(file)).map((file): Edit => ({ op: "remove", file }));
  return [...gone, ...[...to].map(([file, bytes]): Edit => ({ op: "add", file, hex: toHex(bytes) }))];
}

interface Part {
  readonly at: number;
  readonly bytes: Uint8Array;
}

function segmentsOf(files: Snapshot, path: string): Part[] {
  const bytes = files.get(path) ?? new Uint8Array(0);
  const parts: Part[] = [];
  for (let at = 0; at < bytes.length; ) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at);
    const end = at + 64 + view.getUint32(16, true) + view.getUint32(60, true);
    parts.push({ at, bytes: bytes.slice(at, end) });
    at = end;
  }
  return parts;
}

/** All files of the vectors by path below their folder. */
export async function makeVectors(): Promise<Map<string, Uint8Array>> {
  const chains = { golden: await goldenChain(), rotated: rotatedChain() };
  const files = new Map<string, Uint8Array>();
  for (const [name, chain] of Object.entries(chains)) {
    for (const [path, bytes] of chain) files.set(`${name}/${path}`, bytes);
    const { events, head, checkpoint, tail } = await verify(sourceOf(chain));
    files.set(`${name}/expected.json`, json({ valid: true, events, head, checkpoint, tail }));
  }
  const negatives: Negative[] = [];
  for (const { name, chain, edits } of negativeEdits(chains.golden, chains.rotated)) {
    const { faults } = await verify(sourceOf(applyEdits(chains[chain], edits)));
    const [fault] = faults;
    if (fault === undefined) throw new Error(`not refused: ${name}`);
    negatives.push({ name, chain, edits, fault: { code: fault.code, file: fault.file, offset: fault.offset } });
  }
  files.set("negative.json", json(negatives));
  return files;
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`);
}

if (import.meta.main) {
  rmSync(FOLDER, { recursive: true, force: true });
  for (const [path, bytes] of await makeVectors()) {
    mkdirSync(dirname(join(FOLDER, path)), { recursive: true });
    writeFileSync(join(FOLDER, path), bytes);
  }
}
