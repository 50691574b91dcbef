// What spares an opening the walk over the chain for the tree: `cache/resources`. It may be deleted at any time. It is
// believed only if the chain still holds the event up to which it goes, and if the root over its nodes, computed anew, is the
// one that the last event that changed the tree recorded.
import { CborWriter, decodeCanonical, equalBytes, toHex } from "@weftos/crypto";
import type { Files, JsonObject, ResourceKind } from "@weftos/interface";
import { shortHash } from "../format/domain-hash.ts";
import type { Chain } from "../writer/chain.ts";
import type { AccessEntry } from "./access-entry.ts";
import { ResourceNodes } from "./resource-nodes.ts";
import { ROOT } from "./resource-path.ts";
import type { Scoring } from "./scoring.ts";
import { readRecord } from "./tree-change.ts";
import { entryJson, metadataBytes, type TreeNode } from "./tree-node.ts";

const FILE = "cache/resources";
const VERSION = 4;
const CHECKSUM_BYTES = 16;
const MAX_BYTES = 256 * 1024 * 1024;

/** A tree as it was after so many events. */
export interface TreeSnapshot {
  readonly nodes: ResourceNodes;
  /** Events that it goes up to. */
  readonly size: number;
  /** Sequence of the last one that changed it. */
  readonly last: number;
}

interface Stored {
  readonly version: number;
  readonly size: number;
  readonly head: string;
  readonly last: number;
  readonly nodes: readonly (readonly [
    string,
    ResourceKind,
    JsonObject,
    Scoring,
    number,
    number,
    readonly AccessEntry[],
  ])[];
}

/** Encodes the tree as it is now. `head`: hash of the event before `size`, lower-case hex. */
export function encodeSnapshot({ nodes, size, last }: TreeSnapshot, head: string): Uint8Array {
  // Item by item, keys in their canonical order: a list of thousands of nodes would be made for nothing.
  const writer = new CborWriter(Math.min(256 * nodes.size, MAX_BYTES));
  writer.mapHeader(5);
  writer.text("head");
  writer.text(head);
  writer.text("last");
  writer.int(last);
  writer.text("size");
  writer.uint(size);
  writer.text("nodes");
  writer.arrayHeader(nodes.size);
  for (const node of nodes.nodes()) writeNode(writer, node);
  writer.text("version");
  writer.uint(VERSION);
  const body = writer.view();
  const bytes = new Uint8Array(CHECKSUM_BYTES + body.length);
  bytes.set(shortHash(body));
  bytes.set(body, CHECKSUM_BYTES);
  return bytes;
}

function writeNode(writer: CborWriter, node: TreeNode): void {
  const { scoring, access } = node;
  writer.arrayHeader(7);
  writer.text(node.path);
  writer.text(node.kind);
  writer.encoded(metadataBytes(node.metadata));
  writer.arrayHeader(scoring.length);
  for (const score of scoring) writer.uint(score);
  writer.int(node.created);
  writer.int(node.changed);
  if (access.length === 0) writer.arrayHeader(0);
  else writer.value(access.map(entryJson));
}

export async function writeSnapshot(files: Files, dir: string, bytes: Uint8Array): Promise<void> {
  await files.writeAtomic(`${dir}/${FILE}`, bytes, { mode: 0o600 });
}

/** Reads the snapshot; undefined when there is none that fits the chain. */
export async function readSnapshot(
  files: Files,
  dir: string,
  chain: Pick<Chain, "get" | "status">,
): Promise<TreeSnapshot | undefined> {
  const path = `${dir}/${FILE}`;
  const stat = await files.stat(path);
  if (stat?.kind !== "file" || stat.size <= CHECKSUM_BYTES || stat.size > MAX_BYTES) return undefined;
  const bytes = await files.read(path, { maxBytes: MAX_BYTES });
  const body = bytes.subarray(CHECKSUM_BYTES);
  if (!equalBytes(shortHash(body), bytes.subarray(0, CHECKSUM_BYTES))) return undefined;
  try {
    // The checksum holds, so this is what `encodeSnapshot` made, if it was this version.
    const stored = decodeCanonical(body) as unknown as Stored;
    if (stored.version !== VERSION || stored.size > chain.status().events) return undefined;
    // After a stop in good order it goes up to the head, which is known without reading.
    const { events, head } = chain.status();
    const [end, changed] = await Promise.all([
      stored.size === events ? head : chain.get(stored.size - 1).then(({ hash }) => hash),
      chain.get(stored.last),
    ]);
    if (end !== stored.head) return undefined;
    const nodes = nodesOf(stored);
    if (readRecord(changed.kind, changed.payload)?.root !== toHex(nodes.root)) return undefined;
    return { nodes, size: stored.size, last: stored.last };
  } catch {
    return undefined;
  }
}

function nodesOf(stored: Stored): ResourceNodes {
  const nodes = new ResourceNodes();
  const made = stored.nodes.filter(([path]) => path !== ROOT);
  nodes.apply(
    made.map(([path, kind, metadata, scoring]) => ({ op: "create", path, kind, metadata, scoring }) as const),
  );
  for (const [path, , , scoring, created, changed, access] of stored.nodes) {
    const node = nodes.require(path);
    if (path === ROOT) node.scoring = scoring;
    if (access.length > 0) node.access = access;
    node.created = created;
    node.changed = changed;
  }
  return nodes;
}
