// An export of an open chain, in one of three forms. What was written is checked before the call returns.
import { toBase64, toHex } from "@weftos/crypto";
import type { Files } from "@weftos/interface";
import { originOf, parseNote, type SignedCheckpoint } from "../format/checkpoint-note.ts";
import { type ChainKeys, ed25519LineHash } from "../format/key-set.ts";
import type { StoredEvent } from "../reader/stored-event.ts";
import { verify } from "../threads/verify-in-node.ts";
import { filesSource } from "../verify/chain-source.ts";
import type { ChainState } from "../verify/chain-state.ts";
import type { ChainProver } from "./chain-prover.ts";
import { exportFiles, exportLines } from "./export-files.ts";
import { ExportTarget } from "./export-target.ts";
import { exportTlog } from "./export-tlog.ts";
import type { EntrySource } from "./tile-cache.ts";

/** `tlog`: a folder of tiles (c2sp.org/tlog-tiles). `rvf`: a folder with the chain's own files. `json`: a file of lines. */
export type ExportFormat = "tlog" | "json" | "rvf";

/** What to export, and where. */
export interface ExportRequest {
  readonly format: ExportFormat;
  /** Absolute path that does not exist yet, outside the state directory. */
  readonly output: string;
  readonly signal?: AbortSignal | undefined;
}

/** What was exported. */
export interface ExportReport {
  readonly format: ExportFormat;
  readonly output: string;
  readonly events: number;
  readonly files: number;
  readonly bytes: number;
  /** Key of the checkpoint's first signature, in the form that clients of signed notes take. */
  readonly vkey: string;
}

/** What an export reads. */
export interface ExportParts {
  readonly files: Files;
  readonly dir: string;
  /** The chain as it stands, at least one checkpoint in it; a copy that does not change. */
  readonly state: Readonly<ChainState>;
  readonly prover: ChainProver;
  readonly entries: EntrySource;
  readonly range: (from: number, to: number) => AsyncIterable<StoredEvent>;
}

/** Gives an Ed25519 key in the form of c2sp.org/signed-note. */
export function noteKey(chain: Uint8Array, { ed25519 }: ChainKeys): string {
  const name = originOf(chain);
  return `${name}+${toHex(ed25519LineHash(name, ed25519))}+${toBase64(Uint8Array.of(0x01, ...ed25519))}`;
}

/** Exports. @throws `CHAIN_EXPORT`, `CHAIN_DAMAGED`; what the file system throws; the signal's reason */
export async function exportChain(parts: ExportParts, request: ExportRequest): Promise<ExportReport> {
  const { files, dir, state, prover, entries, range } = parts;
  const { format, output, signal } = request;
  const target = await ExportTarget.open(files, dir, output);
  let events = state.size;
  if (format === "json") await exportLines(target, range(0, events), signal);
  else if (format === "tlog") {
    const note = state.checkpointNote as Uint8Array;
    const { size, root } = parseNote(note) as SignedCheckpoint;
    events = size;
    await prover.hashes(size, root, (hashes) => exportTlog(target, { size, note, hashes, entries }, signal));
  } else {
    await exportFiles(target, files, dir, state, signal);
    const found = await verify(filesSource(files, output), { signal });
    if (!found.valid) throw target.refuse(`the copy does not verify: ${found.faults[0]?.reason ?? found.tail}`);
  }
  const vkey = noteKey(state.chain as Uint8Array, state.keys as ChainKeys);
  return { format, output, events, ...target.written, vkey };
}
