import { getHeapStatistics } from "node:v8";
import { expect, it } from "vitest";
import { ThreadMemory } from "../../../src/backends/thread-memory.ts";

const MIB = 1_048_576;
const inUse = (): number => {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
};

it("counts no garbage near the limit, of buffers too", () => {
  const before = inUse();
  for (let index = 0; index < 8; index += 1) Buffer.alloc(8 * MIB);
  expect(new ThreadMemory(before + 70 * MIB).used()).toBeLessThan(before + 32 * MIB);
});

it("tells of what is held, however near the limit", () => {
  const before = inUse();
  const held = Buffer.alloc(64 * MIB);
  expect(new ThreadMemory(before + 64 * MIB).used()).toBeGreaterThanOrEqual(held.length);
});
