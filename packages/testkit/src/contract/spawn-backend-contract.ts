/** What every `SpawnBackend` keeps to. */
import type { AgentContext, AgentSource, Payload, RunningAgent, SpawnBackend } from "@weftos/interface";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isolatedContext } from "./agent-context-fake.ts";

/** A backend under test, with agents it can run. */
export interface SpawnBackendCase {
  readonly backend: SpawnBackend;
  readonly agents: {
    /** Sends `agent.input` to PID 0 (`agent.send(0, agent.input)`) and returns. */
    readonly sends: AgentSource<Payload>;
    /** Throws `new Error("planned")`. */
    readonly crashes: AgentSource<Payload>;
    /** Iterates its inbox, and returns when that ends. */
    readonly waits: AgentSource<Payload>;
    /** Never ends, whatever its signal says, but gives way to others. */
    readonly ignores: AgentSource<Payload>;
    /** A module that cannot be loaded; undefined where only definitions run. */
    readonly missing: URL | undefined;
  };
  dispose(): Promise<void>;
}

/** Declares the suite for one implementation of `SpawnBackend`. */
export function spawnBackendContract(name: string, implementation: { create(): Promise<SpawnBackendCase> }): void {
  describe(`${name} keeps the contract of SpawnBackend`, () => {
    let subject: SpawnBackendCase;
    let stop: AbortController;
    // Which messages an agent takes is its own affair: a backend starts all.
    const start = (source: AgentSource<Payload>, context: AgentContext): Promise<RunningAgent> =>
      subject.backend.start({ source: source as AgentSource, context });
    beforeEach(async () => {
      subject = await implementation.create();
      stop = new AbortController();
    });
    afterEach(() => subject.dispose());

    it("has a name, and says what it confines", () => {
      expect(subject.backend.name).not.toBe("");
      expect(Array.isArray(subject.backend.confines)).toBe(true);
    });

    it("runs an agent with its context and tells of its normal end", async () => {
      const sent: unknown[] = [];
      const input = { deep: [1, "two", null] };
      const context = isolatedContext({ input, signal: stop.signal, onSend: (payload) => sent.push(payload) });
      const running = await start(subject.agents.sends, context);
      expect(await running.exited).toEqual({ kind: "normal" });
      expect(sent).toEqual([input]);
    });

    it("tells of a crash and is not harmed by it", async () => {
      const context = isolatedContext({ signal: stop.signal });
      const crashed = await start(subject.agents.crashes, context);
      const exit = await crashed.exited;
      expect(exit.kind).toBe("crash");
      if (exit.kind === "crash") expect(exit.error).toContain("planned");
      const next = await start(subject.agents.sends, context);
      expect(await next.exited).toEqual({ kind: "normal" });
    });

    it("lets an agent end by itself when its signal aborts", async () => {
      const context = isolatedContext({ signal: stop.signal });
      const running = await start(subject.agents.waits, context);
      stop.abort();
      expect(await running.exited).toEqual({ kind: "normal" });
    });

    it("ends an agent that does not listen, twice without harm", async () => {
      const context = isolatedContext({ signal: stop.signal });
      const running = await start(subject.agents.ignores, context);
      await running.kill();
      expect(await running.exited).toEqual({ kind: "killed" });
      await running.kill();
    });

    it("tells of a normal end, not of a kill that came after it", async () => {
      const context = isolatedContext({ signal: stop.signal });
      const running = await start(subject.agents.sends, context);
      await running.exited;
      await running.kill();
      expect(await running.exited).toEqual({ kind: "normal" });
    });

    it("rejects a module that cannot be loaded", async ({ skip }) => {
      const { missing } = subject.agents;
      if (missing === undefined) return skip("the backend runs definitions only");
      const context = isolatedContext({ signal: stop.signal });
      await expect(start(missing, context)).rejects.toMatchObject({
        code: "AGENT_LOAD_FAILED",
      });
    });
  });
}
