import type { EndNotice, ExitReason, Pid } from "@weftos/interface";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Links } from "../../../src/supervision/links.ts";

const pid = (value: number): Pid => value as Pid;

/** Processes that live until they are ended, and what links did to them. */
class World {
  readonly live = new Set<Pid>();
  readonly reasons = new Map<Pid, ExitReason>();
  readonly traps = new Set<Pid>();
  readonly told: { readonly to: Pid; readonly notice: EndNotice }[] = [];
  readonly links: Links = new Links({
    reasonOf: (one) => this.reasons.get(one),
    lives: (one) => one === 0 || this.live.has(one),
    traps: (one) => this.traps.has(one),
    tell: (to, notice) => this.told.push({ to, notice }),
    end: (one, reason) => this.end(one, reason),
  });

  constructor(count: number) {
    for (let one = 1; one <= count; one += 1) this.live.add(pid(one));
  }

  end(one: Pid, reason: ExitReason): void {
    if (!this.live.delete(one)) return;
    this.reasons.set(one, reason);
    this.links.exited(one, reason);
  }
}

const crash: ExitReason = { kind: "crash", error: "planned", code: undefined };

describe("links", () => {
  it("take both ways the other along, for any reason but a normal end", () => {
    const world = new World(4);
    world.links.link(pid(1), pid(2));
    world.links.link(pid(3), pid(4));
    world.end(pid(2), crash);
    world.end(pid(3), { kind: "normal" });
    expect(world.reasons.get(pid(1))).toEqual({ kind: "linked", pid: 2 });
    expect([...world.live]).toEqual([4]);
    expect(world.links.size).toBe(0);
  });

  it("tell one that traps exits, for a normal end too", () => {
    const world = new World(3);
    world.traps.add(pid(1));
    world.links.link(pid(1), pid(2));
    world.links.link(pid(1), pid(3));
    world.end(pid(2), crash);
    world.end(pid(3), { kind: "normal" });
    expect(world.live).toContain(1);
    expect(world.told.map(({ notice }) => notice)).toEqual([
      { signal: "exit", pid: 2, reason: crash },
      { signal: "exit", pid: 3, reason: { kind: "normal" } },
    ]);
  });

  it("are made once, end by unlink, and bind nobody to itself or the kernel", () => {
    const world = new World(2);
    world.links.link(pid(1), pid(2));
    world.links.link(pid(2), pid(1));
    world.links.link(pid(1), pid(1));
    world.links.link(pid(0), pid(1));
    expect(world.links.linked(pid(2), pid(1))).toBe(true);
    world.links.unlink(pid(2), pid(1));
    world.end(pid(1), crash);
    expect([...world.live]).toEqual([2]);
    expect(() => world.links.link(pid(1), pid(2))).toThrow(expect.objectContaining({ code: "PROCESS_NOT_FOUND" }));
  });

  it("are bounded for each process", () => {
    const world = new World(1026);
    for (let other = 2; other <= 1025; other += 1) world.links.link(pid(1), pid(other));
    expect(() => world.links.link(pid(1), pid(1026))).toThrow(expect.objectContaining({ code: "PROCESS_LINKS_FULL" }));
  });
});

describe("monitors", () => {
  it("tell once, with their reference, the PID and the reason", () => {
    const world = new World(2);
    const first = world.links.monitor(pid(1), pid(2));
    const second = world.links.monitor(pid(1), pid(2));
    expect(first).not.toBe(second);
    expect(world.links.demonitor(second)).toBe(true);
    expect(world.links.demonitor(second)).toBe(false);
    world.end(pid(2), crash);
    expect(world.told).toEqual([{ to: 1, notice: { signal: "down", ref: first, pid: 2, reason: crash } }]);
    expect(world.live).toContain(1);
    expect(world.links.size).toBe(0);
  });

  it("tell at once of one that has ended, or of which nothing is known", () => {
    const world = new World(2);
    world.end(pid(2), crash);
    world.links.monitor(pid(1), pid(2));
    world.links.monitor(pid(0), pid(9));
    expect(world.told.map(({ to, notice }) => [to, "reason" in notice && notice.reason.kind])).toEqual([
      [1, "crash"],
      [0, "unknown"],
    ]);
  });

  it("end with their watcher", () => {
    const world = new World(2);
    world.links.monitor(pid(1), pid(2));
    world.end(pid(1), { kind: "normal" });
    world.end(pid(2), crash);
    expect(world.told).toEqual([]);
    expect(() => world.links.monitor(pid(1), pid(2))).toThrow(expect.objectContaining({ code: "PROCESS_NOT_FOUND" }));
  });
});

it("follows a model: who is reachable over links from a crash ends, watchers are told once", () => {
  const one = fc.integer({ min: 1, max: 6 }).map(pid);
  const step = fc.oneof(
    fc.record({ do: fc.constantFrom("link", "unlink", "monitor"), a: one, b: one }),
    fc.record({ do: fc.constant("crash"), a: one, b: one }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const world = new World(6);
      const edges = new Set<string>();
      const monitors: { readonly watcher: Pid; readonly target: Pid }[] = [];
      const key = (a: Pid, b: Pid): string => [a, b].sort().join("-");
      for (const { do: what, a, b } of steps) {
        if (!world.live.has(a) || !world.live.has(b)) continue;
        if (what === "link" && a !== b) {
          world.links.link(a, b);
          edges.add(key(a, b));
        } else if (what === "unlink") {
          world.links.unlink(a, b);
          edges.delete(key(a, b));
        } else if (what === "monitor") {
          world.links.monitor(a, b);
          monitors.push({ watcher: a, target: b });
        } else if (what === "crash") {
          const reached = new Set([a]);
          for (const from of reached) {
            for (const to of world.live) if (edges.has(key(from, to)) && from !== to) reached.add(to);
          }
          const before = new Set(world.live);
          const toldBefore = world.told.length;
          world.end(a, crash);
          for (const gone of reached) expect(world.live.has(gone)).toBe(false);
          expect(world.live.size).toBe(before.size - reached.size);
          for (const edge of [...edges]) {
            if (edge.split("-").some((end) => reached.has(pid(Number(end))))) edges.delete(edge);
          }
          let due = 0;
          for (const { watcher, target } of monitors.splice(0)) {
            if (!world.live.has(watcher)) continue;
            if (reached.has(target)) due += 1;
            else monitors.push({ watcher, target });
          }
          expect(world.told.slice(toldBefore).filter(({ to }) => world.live.has(to))).toHaveLength(due);
        }
      }
      expect(world.links.size === 0).toBe(edges.size === 0 && monitors.length === 0);
    }),
  );
});
