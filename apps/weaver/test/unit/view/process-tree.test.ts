import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { processTree } from "../../../src/view/process-tree.ts";

const drawn = (processes: { pid: number; parent?: number }[]) =>
  processTree(processes).map(({ branch, process }) => `${branch}${process.pid}`);

describe("the process tree", () => {
  it("draws children below their parent, siblings by PID", () => {
    const processes = [
      { pid: 0 },
      { pid: 5, parent: 1 },
      { pid: 1, parent: 0 },
      { pid: 2, parent: 0 },
      { pid: 3, parent: 1 },
    ];
    expect(drawn(processes)).toEqual(["0", "├─ 1", "│  ├─ 3", "│  └─ 5", "└─ 2"]);
  });

  it("keeps one whose parent is not listed", () => {
    expect(drawn([{ pid: 0 }, { pid: 9, parent: 7 }])).toEqual(["0", "9"]);
  });

  test.prop([fc.array(fc.nat(20), { maxLength: 20 })])("shows each process of a forest once", (parents) => {
    const processes = parents.map((parent, index) => ({ pid: index + 1, parent: Math.min(parent, index) }));
    const seen = processTree(processes).map(({ process }) => process.pid);
    expect([...seen].sort((a, b) => Number(a) - Number(b))).toEqual(processes.map(({ pid }) => pid));
  });

  it("ends when a broken daemon sends a cycle", () => {
    expect(drawn([{ pid: 0 }, { pid: 1, parent: 2 }, { pid: 2, parent: 1 }])).toEqual(["0"]);
  });
});
