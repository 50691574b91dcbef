// The digests of names that records say again and again: a hash for each record would be a third of what a publish costs.
import { nameDigest } from "./domain-hash.ts";

/** The most names that are remembered. */
const MAX_NAMES = 1024;

export class NameDigests {
  readonly #digests = new Map<string, number>();

  of(name: string): number {
    let digest = this.#digests.get(name);
    if (digest === undefined) {
      digest = nameDigest(name);
      if (this.#digests.size >= MAX_NAMES) this.#digests.clear();
      this.#digests.set(name, digest);
    }
    return digest;
  }
}
