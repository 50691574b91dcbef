// Opening the tree of a chain: the snapshot if it fits, the events behind it, what must be brought in line; and from then on
// the tree beside the log.
import { toHex } from "@weftos/crypto";
import {
  type AuditEvent,
  type AuditReceipt,
  type Files,
  isWeftError,
  type Logger,
  type ResourceSource,
} from "@weftos/interface";
import { keyId, parseKeys } from "../format/key-set.ts";
import type { Chain } from "../writer/chain.ts";
import { errorCode } from "../writer/publisher.ts";
import { pieces } from "./change-pieces.ts";
import { DelegationBook } from "./delegation-book.ts";
import { reconciliation } from "./reconcile.ts";
import { ResourceNodes } from "./resource-nodes.ts";
import { ROOT } from "./resource-path.ts";
import { SourceChanges } from "./source-changes.ts";
import { DELEGATIONS } from "./standard-nodes.ts";
import { type TreeFault, TreeFold } from "./tree-fold.ts";
import { isTreeKind } from "./tree-kinds.ts";
import { TreeLog } from "./tree-log.ts";
import { encodeSnapshot, readSnapshot, writeSnapshot } from "./tree-snapshot.ts";

/** Events after which the tree is written down anew. */
const SNAPSHOT_EVENTS = 20_000;

/** What the tree is opened with. */
export interface OpenTreeInit {
  readonly chain: Chain;
  readonly files: Files;
  readonly dir: string;
  readonly logger: Logger;
  readonly sources: readonly ResourceSource[];
}

export class OpenTree {
  readonly log: TreeLog;
  readonly chain: Chain;
  readonly delegations: DelegationBook = new DelegationBook();
  /** Why the tree begins anew, without access lists and delegations of before; undefined when the chain holds all of it. */
  readonly lost: TreeFault | undefined;
  readonly #init: OpenTreeInit;
  #snapshotAt: number;
  #writing: Promise<void> = Promise.resolve();

  constructor(init: OpenTreeInit, log: TreeLog, snapshotAt: number, lost?: TreeFault) {
    this.#init = init;
    this.chain = init.chain;
    this.log = log;
    this.#snapshotAt = snapshotAt;
    this.lost = lost;
  }

  /** Kinds of events by which nodes of features come and go. */
  get featureKinds(): readonly string[] {
    return [...new Set(this.#init.sources.flatMap(({ events = [] }) => events))];
  }

  append(event: AuditEvent): AuditReceipt {
    const receipt = this.log.append(event);
    if (receipt.sequence - this.#snapshotAt >= SNAPSHOT_EVENTS) this.#snapshot(receipt);
    return receipt;
  }

  /**
   * Makes the changes that the opening found, so that the tree is what this kernel is made of. Not while it is opened: a boot does
   * not wait for it. While the disk fails, the tree is as the chain has it.
   */
  settle(): void {
    try {
      this.log.catchUp();
      this.log.complete();
    } catch (error) {
      if (!isWeftError(error) || !error.code.startsWith("CHAIN_")) throw error;
    }
  }

  /**
   * Keeps the tree when the payload of an event that changed it is gone: the chain gives it no more, so its root is recorded anew,
   * and it is written down as it is then.
   */
  async redacted(sequence: number): Promise<void> {
    const { kind } = await this.chain.get(sequence);
    if (!isTreeKind(kind)) return;
    this.log.catchUp();
    const receipt = this.log.reconcile("redaction", [{ op: "update", path: ROOT, metadata: {} }], false);
    this.#snapshot(receipt);
    await receipt.durable;
    await this.#writing;
  }

  /** Writes the tree down; the chain must take no more events, and not be closed yet. */
  async close(): Promise<void> {
    const { chain } = this;
    try {
      await chain.flush();
    } catch {
      // What is not on disk is not in the tree that is read back either.
    }
    await this.#writing;
    const { events, head } = chain.status();
    if (!this.log.settled || this.log.last < 0 || events === this.#snapshotAt) return;
    await this.#write(this.#encode(events, head));
  }

  /** The tree as it is after this event; written once the event is on disk. */
  #snapshot({ sequence, hash, durable }: AuditReceipt): void {
    if (this.log.last < 0) return;
    this.#snapshotAt = sequence;
    const bytes = this.#encode(sequence + 1, toHex(hash));
    this.#writing = Promise.all([durable, this.#writing]).then(
      () => this.#write(bytes),
      () => undefined,
    );
  }

  #encode(size: number, head: string): Uint8Array {
    return encodeSnapshot({ nodes: this.log.nodes, size, last: this.log.last }, head);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const { files, dir, logger } = this.#init;
    try {
      await writeSnapshot(files, dir, bytes);
    } catch (error) {
      logger.warn("snapshot of the resource tree not written", { error: errorCode(error) });
    }
  }
}

/** Opens the tree, and finds what brings it in line with this kernel: one event, when something differs. */
export async function openTree(init: OpenTreeInit, signal: AbortSignal): Promise<OpenTree> {
  const { chain, files, dir, logger, sources } = init;
  const { events } = chain.status();
  // The first event, the genesis, says nothing of the tree.
  const begins = events === 1;
  const snapshot = begins ? undefined : await readSnapshot(files, dir, chain);
  const fold = new TreeFold(snapshot?.nodes, snapshot?.size, snapshot?.last);
  for await (const event of begins ? [] : chain.range(fold.size, events)) {
    signal.throwIfAborted();
    fold.add(event);
  }
  const { sound } = fold;
  const nodes = sound ? fold.nodes : new ResourceNodes();
  const live = new SourceChanges(sources, logger);
  const log = new TreeLog(nodes, sound ? fold.last : -1, (event) => chain.append(event), live);
  const changes = reconciliation(nodes, sources);
  for (const [part, piece] of pieces(changes).entries()) log.defer("boot", piece, !sound && part === 0);
  const tree = new OpenTree(init, log, snapshot?.size ?? 0, sound ? undefined : fold.found()[0]);
  if ((nodes.find(DELEGATIONS)?.children.size ?? 0) > 0) await knowKeys(tree);
  return tree;
}

/** Lets the certificates be verified with all keys that the chain names. */
export async function knowKeys({ chain, delegations }: OpenTree): Promise<void> {
  for (const { keys } of await chain.keyHistory()) {
    const { ed25519 } = parseKeys(keys) ?? {};
    if (ed25519 !== undefined) delegations.keys.set(toHex(keyId(ed25519)), ed25519);
  }
}
