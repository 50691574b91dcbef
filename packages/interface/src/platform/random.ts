/** Randomness, injected everywhere so that a seed replays a run. */
export interface Random {
  /** Gives `length` fresh random bytes, cryptographically strong outside tests. */
  bytes(length: number): Uint8Array;
  /** Gives a number in [0, 1), for jitter; not for secrets. */
  fraction(): number;
  /** Gives a UUID version 7 (RFC 9562 §5.7) for the given milliseconds UTC. */
  uuidV7(nowMs: number): string;
}
