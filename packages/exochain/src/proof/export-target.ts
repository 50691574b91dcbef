// Where an export goes: a place that does not exist yet, outside the state directory, so that nothing is overwritten and
// nothing unknown gets between the chain's own files.
import type { Files } from "@weftos/interface";
import { ChainExportError } from "../error/chain-errors.ts";

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** Counts and writes the files of one export. */
export class ExportTarget {
  readonly #files: Files;
  readonly #output: string;
  readonly #folders = new Set<string>();
  written = { files: 0, bytes: 0 };

  private constructor(files: Files, output: string) {
    this.#files = files;
    this.#output = output;
  }

  /** Looks at the place. @throws `CHAIN_EXPORT` when it is taken, or within the state directory */
  static async open(files: Files, dir: string, output: string): Promise<ExportTarget> {
    if (!/^(\/|[A-Za-z]:[\\/])/.test(output)) throw refused(output, "it is not an absolute path");
    if ((await files.stat(output)) !== undefined) throw refused(output, "it exists already");
    let parent = parentOf(output);
    while (parent !== "" && (await files.stat(parent)) === undefined) parent = parentOf(parent);
    const real = parent === "" ? "/" : await files.realPath(parent);
    const state = await files.realPath(dir);
    if (real === state || real.startsWith(`${state}/`) || real.startsWith(`${state}\\`))
      throw refused(output, "it lies within the state directory");
    return new ExportTarget(files, output);
  }

  /** Writes one file in parts; `""` is the output itself. */
  async write(path: string, parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
    const whole = path === "" ? this.#output : `${this.#output}/${path}`;
    const folder = parentOf(whole);
    if (folder !== "" && !this.#folders.has(folder)) {
      await this.#files.makeFolder(folder, { mode: FOLDER_MODE });
      // Tiles come in order: a few folders in a row are enough.
      if (this.#folders.size >= 64) this.#folders.clear();
      this.#folders.add(folder);
    }
    const file = await this.#files.openAppend(whole, { mode: FILE_MODE });
    try {
      for await (const part of parts) {
        await file.write(part);
        this.written.bytes += part.length;
      }
    } finally {
      await file.close();
    }
    this.written.files += 1;
  }

  /** Makes the error of an export that failed. */
  refuse(reason: string): ChainExportError {
    return refused(this.#output, reason);
  }
}

function refused(output: string, reason: string): ChainExportError {
  return new ChainExportError(`cannot export to ${output}: ${reason}`, { details: { output, reason } });
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.search(/[\\/][^\\/]*$/)));
}
