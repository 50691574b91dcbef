// A chain as it stands once the area of its last commits (format document, §10) is taken into account. After a power
// failure the files may lack what only the area brought to the disk; the next opening writes it into them, and whoever reads
// before that sees the same through this.
import { contentPath, eventPath, REDO_FILE } from "../format/file-names.ts";
import { decodeRedo, REDO_BYTES, type Redo, type RedoStretch } from "../format/redo-area.ts";
import { type ChainSource, readWhole, type SourceFile } from "./chain-source.ts";

/** Reads what the area holds; undefined when there is none, or nothing in it. */
export async function readArea(source: ChainSource): Promise<Redo | undefined> {
  const area = await readWhole(source, REDO_FILE, REDO_BYTES);
  return area === undefined ? undefined : decodeRedo(area);
}

/** Reads what the area holds, if it is of these files: one that begins behind the end of a file is not. */
export async function readFittingArea(source: ChainSource): Promise<Redo | undefined> {
  const redo = await readArea(source);
  if (redo === undefined) return undefined;
  const fit = await Promise.all(stretchesOf(redo).map(([path, { offset }]) => reaches(source, path, offset)));
  return fit.includes(false) ? undefined : redo;
}

/** Gives the stretches with the files that they belong to, but empty ones. */
export function stretchesOf({ first, events, content }: Redo): readonly (readonly [path: string, RedoStretch])[] {
  const all = [
    [eventPath(first), events],
    [contentPath(first), content],
  ] as const;
  return all.filter(([, { bytes }]) => bytes.length > 0);
}

/** Gives the source with what its area holds. */
export async function redoneSource(source: ChainSource): Promise<ChainSource> {
  const redo = await readFittingArea(source);
  if (redo === undefined) return source;
  const stretches = new Map(stretchesOf(redo));
  return {
    list: (folder) => source.list(folder),
    async open(path) {
      const [file, stretch] = [await source.open(path), stretches.get(path)];
      return file === undefined || stretch === undefined ? file : redone(file, stretch);
    },
  };
}

function redone(file: SourceFile, { offset, bytes }: RedoStretch): SourceFile {
  const size = Math.max(file.size, offset + bytes.length);
  return {
    size,
    async read(from, length) {
      const to = Math.min(from + length, size);
      const found = await file.read(from, Math.max(0, to - from));
      if (to <= offset || from >= offset + bytes.length) return found;
      const read = new Uint8Array(to - from);
      read.set(found);
      const start = Math.max(from, offset);
      read.set(bytes.subarray(start - offset, to - offset), start - from);
      return read;
    },
    close: () => file.close(),
  };
}

async function reaches(source: ChainSource, path: string, offset: number): Promise<boolean> {
  const file = await source.open(path);
  await file?.close();
  return file !== undefined && file.size >= offset;
}
