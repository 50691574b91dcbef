import type { Benchmark } from "../benchmark.ts";
import { figure, figuresOf } from "./children.ts";

const ROUNDS = 3;

const hashed: Benchmark = {
  package: "exochain",
  subject: "append without a disk: encode, commit to the payload, hash",
  unit: "events/s",
  goal: { atLeast: 150_000 },
  rounds: ROUNDS,
  round: async () => {
    const figures = await figuresOf("chain-hash.ts");
    return { ours: figure(figures, "ours"), rivals: { "SHAKE-256 alone, same bytes": figure(figures, "raw") } };
  },
};

const share: Benchmark = {
  ...hashed,
  subject: "append without a disk, as a share of SHAKE-256 alone over the same bytes",
  unit: "ratio",
  goal: { atLeast: 0.35 },
  round: async () => ({ ours: figure(await figuresOf("chain-hash.ts"), "ratio"), rivals: {} }),
};

const many: Benchmark = {
  package: "exochain",
  subject: "durable append by 64 writers, as a multiple of SQLite (WAL, synchronous=FULL) one by one",
  unit: "ratio",
  goal: { atLeast: 10 },
  rounds: ROUNDS,
  round: async () => {
    const figures = await figuresOf("chain-durable.ts");
    const ours = figure(figures, "many");
    const one = figure(figures, "sqliteOne");
    return {
      ours: ours / one,
      rivals: {
        "ours, events/s": ours,
        "SQLite one by one, events/s": one,
        "SQLite by 64, events/s": figure(figures, "sqliteBatch"),
      },
    };
  },
};

const batched: Benchmark = {
  ...many,
  subject: "durable append by 64 writers, as a share of SQLite with 64 in a transaction",
  goal: { atLeast: 0.4 },
  round: async () => {
    const figures = await figuresOf("chain-durable.ts");
    const rival = figure(figures, "sqliteBatch");
    return { ours: figure(figures, "many") / rival, rivals: { "SQLite by 64, events/s": rival } };
  },
};

const alone: Benchmark = {
  ...many,
  subject: "durable append by one writer, as a multiple of a write with fdatasync",
  goal: { atMost: 1.5 },
  round: async () => {
    const figures = await figuresOf("chain-durable.ts");
    const sync = figure(figures, "sync");
    const ours = figure(figures, "alone");
    return { ours: sync / ours, rivals: { "ours, events/s": ours, "write and fdatasync, per s": sync } };
  },
};

export const benchmarks: readonly Benchmark[] = [hashed, share, many, batched, alone];
