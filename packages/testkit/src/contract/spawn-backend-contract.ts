/** What every `SpawnBackend` keeps to: also with agents that do all they can to harm. Each leaves the kernel healthy. */
import type {
  AgentContext,
  AgentSource,
  BackendStart,
  Capabilities,
  ExitReason,
  Payload,
  RunningAgent,
  SpawnBackend,
} from "@weftos/interface";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type IsolatedContext, isolatedContext, type LoggedLine } from "./agent-context-fake.ts";

/** A backend under test, with agents it can run. */
export interface SpawnBackendCase {
  readonly backend: SpawnBackend;
  readonly agents: {
    /** Sends `agent.input` to PID 0 (`agent.send(0, agent.input)`) and returns. */
    readonly sends: AgentSource<Payload>;
    /** Throws `new Error("planned")`. */
    readonly crashes: AgentSource<Payload>;
    /** Iterates its inbox, sends each payload to PID 0, and returns when the inbox ends. */
    readonly echoes: AgentSource<Payload>;
    /** Never ends, whatever its signal says, but gives way to others. */
    readonly ignores: AgentSource<Payload>;
    /** Sends PID 0 what `state.get("count")` gives (null for nothing), sets it to 1, and returns. */
    readonly remembers: AgentSource<Payload>;
    /** Sleeps 50 ms, sends PID 0 `slept`, and sleeps 60 ms, with its context's `sleep`. */
    readonly sleeps: AgentSource<Payload>;
    /** A module that cannot be loaded; undefined where only definitions run. */
    readonly missing: URL | undefined;
    /** A module that throws while it loads; undefined as above. */
    readonly throwsAtLoad: URL | undefined;
  };
  /** Agents that harm whoever shares a thread with them; undefined, with the reason, where the kernel's own thread runs them. */
  readonly apart:
    | {
        /** Writes the line `to standard output` and the line `to standard error`, then iterates its inbox. */
        readonly prints: AgentSource<Payload>;
        /** Rejects a promise that nobody handles, with `new Error("unhandled")`, and waits. */
        readonly rejects: AgentSource<Payload>;
        /** `for (;;);` */
        readonly loops: AgentSource<Payload>;
        /**
         * Keeps more and more objects; why not, where the engine's last word on memory would end the program of the tests: these must start
         * it in a program of their own.
         */
        readonly bombs: AgentSource<Payload> | { readonly missing: string };
        /** Ends its own thread or process, as `process.exit(7)` does. */
        readonly exits: AgentSource<Payload>;
        /** Lets the backend's clock pass. */
        readonly pass: (ms: number) => Promise<void>;
        /** Milliseconds after which the backend calls an agent hung. */
        readonly hungMs: number;
      }
    | { readonly missing: string };
  dispose(): Promise<void>;
}

const nothing: Capabilities = {
  canSpawn: false,
  canIpc: true,
  canExecTools: false,
  canNetwork: false,
  ipcScope: { kind: "all" },
  tools: { allow: [], deny: [] },
  files: { read: [], write: [], own: [], deny: [] },
};

const MEGABYTE = 1_048_576;

/** Declares the suite for one implementation of `SpawnBackend`. */
export function spawnBackendContract(name: string, implementation: { create(): Promise<SpawnBackendCase> }): void {
  describe(`${name} keeps the contract of SpawnBackend`, () => {
    let subject: SpawnBackendCase;
    let stop: AbortController;
    let sent: unknown[];
    let logged: LoggedLine[];
    // Which messages an agent takes is its own affair: a backend starts all.
    const start = (
      source: AgentSource<Payload>,
      context: AgentContext,
      init: Partial<BackendStart> = {},
    ): Promise<RunningAgent> =>
      subject.backend.start({
        source: source as AgentSource,
        context,
        capabilities: nothing,
        limits: { memoryBytes: undefined },
        ...init,
      });
    const contextWith = (init: Partial<Parameters<typeof isolatedContext>[0]> = {}): IsolatedContext =>
      isolatedContext({
        signal: stop.signal,
        onSend: (payload) => sent.push(payload),
        onLog: (line) => logged.push(line),
        ...init,
      });
    /** Whether the kernel is healthy: what runs in it still turns, and the backend starts the next. */
    const expectHealthy = async (): Promise<void> => {
      sent = [];
      const next = await start(subject.agents.sends, contextWith({ input: "healthy" }));
      expect(await next.exited).toEqual({ kind: "normal" });
      expect(sent).toEqual(["healthy"]);
    };
    /** Turns until it holds; the test's own time limit ends a wait in vain. */
    const until = async (holds: () => boolean): Promise<void> => {
      while (!holds()) await new Promise((resolve) => setImmediate(resolve));
    };
    beforeEach(async () => {
      subject = await implementation.create();
      stop = new AbortController();
      sent = [];
      logged = [];
    });
    afterEach(() => subject.dispose());

    it("has a name, and says what it confines", () => {
      expect(subject.backend.name).not.toBe("");
      expect(Array.isArray(subject.backend.confines)).toBe(true);
    });

    it("runs an agent with its context and tells of its normal end", async () => {
      const input = { deep: [1, "two", null] };
      const running = await start(subject.agents.sends, contextWith({ input }));
      expect(await running.exited).toEqual({ kind: "normal" });
      expect(sent).toEqual([input]);
    });

    it("tells of a crash and is not harmed by it", async () => {
      const crashed = await start(subject.agents.crashes, contextWith());
      const exit = await crashed.exited;
      expect(exit).toMatchObject({ kind: "crash", error: expect.stringContaining("planned") });
      await expectHealthy();
    });

    it("carries text, JSON and bytes both ways, in order", async () => {
      const context = contextWith();
      const running = await start(subject.agents.echoes, context);
      const payloads: Payload[] = [
        "text",
        { a: [1, 2.5, null, true], "ä\u0000": "" },
        new Uint8Array([0, 255, 7]),
        null,
        0,
      ];
      for (const payload of payloads) context.deliver(payload);
      for (let index = 0; index < 300; index += 1) context.deliver(index);
      await until(() => sent.length === payloads.length + 300);
      expect(sent).toEqual([...payloads, ...Array.from({ length: 300 }, (_, index) => index)]);
      stop.abort();
      expect(await running.exited).toEqual({ kind: "normal" });
    });

    it("carries large payloads both ways", async () => {
      const context = contextWith();
      const running = await start(subject.agents.echoes, context);
      const bytes = new Uint8Array(16 * MEGABYTE).fill(3);
      const text = "ü".repeat(4 * MEGABYTE);
      for (const payload of [bytes, text, bytes]) context.deliver(payload);
      await until(() => sent.length === 3);
      expect(sent[1] === text).toBe(true);
      for (const index of [0, 2]) {
        const back = sent[index] as Uint8Array;
        expect([back.length, back[0], back.at(-1)]).toEqual([bytes.length, 3, 3]);
      }
      stop.abort();
      expect(await running.exited).toEqual({ kind: "normal" });
    });

    it("gives an agent its state", async () => {
      const context = contextWith();
      await (await start(subject.agents.remembers, context)).exited;
      await (await start(subject.agents.remembers, context)).exited;
      expect(sent).toEqual([null, 1]);
    });

    it("lets an agent sleep on the kernel's clock, which the end that it is asked for cuts short", async () => {
      const slept: number[] = [];
      const onSleep = async (ms: number, signal: AbortSignal | undefined): Promise<void> => {
        slept.push(ms);
        if (slept.length === 1) return;
        await new Promise((_, reject) => {
          for (const asked of [signal, stop.signal]) asked?.addEventListener("abort", () => reject(asked.reason));
        });
      };
      const running = await start(subject.agents.sleeps, contextWith({ onSleep }));
      await until(() => slept.length === 2);
      expect([slept, sent]).toEqual([[50, 60], ["slept"]]);
      stop.abort(new Error("asked to stop"));
      expect(await running.exited).toEqual({ kind: "normal" });
    });

    it("lets an agent end by itself when its signal aborts", async () => {
      const running = await start(subject.agents.echoes, contextWith());
      stop.abort();
      expect(await running.exited).toEqual({ kind: "normal" });
    });

    it("ends an agent that does not listen, twice without harm", async () => {
      const running = await start(subject.agents.ignores, contextWith());
      await running.kill();
      expect(await running.exited).toEqual({ kind: "killed" });
      await running.kill();
      await expectHealthy();
    });

    it("tells of a normal end, not of a kill that came after it", async () => {
      const running = await start(subject.agents.sends, contextWith());
      await running.exited;
      await running.kill();
      expect(await running.exited).toEqual({ kind: "normal" });
    });

    it("tells what an agent has used", async () => {
      const running = await start(subject.agents.echoes, contextWith());
      const { cpuMs, memoryBytes, wallMs } = running.usage();
      expect(wallMs).toBeGreaterThanOrEqual(0);
      for (const figure of [cpuMs, memoryBytes]) if (figure !== undefined) expect(figure).toBeGreaterThanOrEqual(0);
      await running.kill();
    });

    it.for(["missing", "throwsAtLoad"] as const)("rejects a module that does not load: %s", async (which, { skip }) => {
      const module = subject.agents[which];
      if (module === undefined) return skip("the backend runs definitions only");
      await expect(start(module, contextWith())).rejects.toMatchObject({ code: "AGENT_LOAD_FAILED" });
      await expectHealthy();
    });

    describe("with an agent that harms whoever shares its thread", () => {
      const harm = async (
        which: "rejects" | "loops" | "bombs" | "exits" | "prints",
        skip: (why: string) => void,
        init: Partial<BackendStart> = {},
      ) => {
        const { apart } = subject;
        if ("missing" in apart) {
          skip(apart.missing);
          throw new Error("a skipped test goes on");
        }
        const agent = apart[which];
        if ("missing" in agent) {
          skip(agent.missing);
          throw new Error("a skipped test goes on");
        }
        return { running: await start(agent, contextWith(), init), apart };
      };
      const endOf = async (running: RunningAgent): Promise<ExitReason> => await running.exited;

      it("tells of a rejection that nobody handled", async ({ skip }) => {
        const { running } = await harm("rejects", skip);
        expect(await endOf(running)).toMatchObject({ kind: "crash", error: "unhandled" });
        await expectHealthy();
      });

      it("calls an endless loop hung, says so while it lasts, and ends it", async ({ skip }) => {
        const { running, apart } = await harm("loops", skip);
        expect(running.health?.hung).toBe(false);
        // Asked, and not answered for the time that makes it a hang.
        await apart.pass(apart.hungMs);
        await apart.pass(apart.hungMs);
        expect(running.health?.hung).toBe(true);
        expect(running.health?.silentMs()).toBeGreaterThanOrEqual(apart.hungMs);
        // Its use of the processor is told all the same.
        while ((running.usage().cpuMs ?? 0) < 50) await apart.pass(apart.hungMs);
        await running.kill();
        expect(await endOf(running)).toEqual({ kind: "killed" });
        await expectHealthy();
      });

      it("does not call an agent hung that waits", async ({ skip }) => {
        const { running, apart } = await harm("prints", skip);
        await until(() => logged.length >= 2);
        for (let time = 0; time < 3; time += 1) {
          await apart.pass(apart.hungMs);
          // The clock of the test runs ahead of the agent's answer, which shows that it waits and is well.
          await until(() => running.health?.hung === false && running.health.idle === true);
        }
        expect(running.usage().memoryBytes).toBeGreaterThan(MEGABYTE);
        expect(running.health?.hung).toBe(false);
        await running.kill();
      });

      it("ends an agent that takes more memory than its limit, and names the limit", async ({ skip }) => {
        const { running } = await harm("bombs", skip, { limits: { memoryBytes: 32 * MEGABYTE } });
        expect(await endOf(running)).toEqual({ kind: "limit", limit: "memoryBytes" });
        await expectHealthy();
      });

      it("tells of an agent that ended itself", async ({ skip }) => {
        const { running } = await harm("exits", skip);
        expect(await endOf(running)).toMatchObject({ kind: "crash", error: expect.stringContaining("code 7") });
        await expectHealthy();
      });

      it("writes its standard output and error into its log, line by line", async ({ skip }) => {
        const { running } = await harm("prints", skip);
        await until(() => logged.length >= 2);
        expect(logged).toContainEqual({
          level: "info",
          message: "standard output",
          fields: { line: "to standard output" },
        });
        expect(logged).toContainEqual({
          level: "warn",
          message: "standard error",
          fields: { line: "to standard error" },
        });
        await running.kill();
      });
    });
  });
}
