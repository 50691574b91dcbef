import { isWeftError, type JsonObject, type JsonValue } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { parseArguments } from "../../../src/arguments/parse-arguments.ts";
import { commands } from "../../../src/commands/command-table.ts";
import { prepare } from "../../../src/kernel-access/kept-target.ts";
import { objectOf } from "../../../src/view/fields.ts";
import { styleFor } from "../../../src/view/style.ts";

/** What a line asks the kernel for. */
function asks(...words: string[]): JsonValue | undefined {
  const parsed = parseArguments(["cron", ...words], commands);
  if (parsed.kind !== "command" || !("method" in parsed.command)) throw new Error("expected a command with a method");
  return parsed.command.params?.(parsed.positionals, parsed.values);
}

/** What an edit of a job with a target asks for in the end. */
async function edited(target: JsonObject, ...words: string[]): Promise<JsonValue> {
  const call = async (): Promise<JsonValue> => ({ name: "n", target });
  const access = { call, dir: "/s", workingFolder: "/", values: {}, warn: () => undefined };
  return await prepare(objectOf(asks("edit", "n", ...words)), access);
}

function refusal(...words: string[]): string {
  try {
    asks(...words);
  } catch (error) {
    if (isWeftError(error, "API_USAGE")) return error.message;
    throw error;
  }
  throw new Error(`${words.join(" ")} was accepted`);
}

async function show(name: string, result: JsonValue): Promise<string> {
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined || !("method" in command)) throw new Error(`${name} has no view`);
  const context = { style: styleFor({ color: false }), width: 80, now: 1_700_000_060_000, dir: "/s" };
  return (await command.view()).view(result, { ...context, typed: (words) => `weaver ${words}` });
}

describe("weaver cron add and edit", () => {
  it("reads an interval, a target, and JSON or text as its payload", () => {
    expect(asks("add", "beat", "--every", "30s", "--topic", "beat", "--payload", "hello")).toEqual({
      job: { name: "beat", schedule: { everyMs: 30_000 }, target: { topic: "beat", payload: "hello" } },
    });
    expect(asks("add", "sweep", "--every", "500ms", "--tool", "fs.stat", "--payload", '{"path":"/"}')).toMatchObject({
      job: { schedule: { everyMs: 500 }, target: { tool: "fs.stat", input: { path: "/" } } },
    });
  });

  it("reads an expression with its zone, an agent by name or PID, and the policies", () => {
    const line = ["--cron", "0 2 * * *", "--tz", "Europe/Berlin", "--await-reply", "--missed", "once"];
    expect(asks("add", "n", "--agent", "reporter", ...line, "--overlap", "queue", "--jitter", "1m")).toEqual({
      job: {
        name: "n",
        schedule: { cron: "0 2 * * *", timeZone: "Europe/Berlin" },
        target: { agent: "reporter", awaitReply: true },
        missed: "once",
        overlap: "queue",
        jitterMs: 60_000,
      },
    });
    expect(asks("edit", "n", "--agent", "12")).toEqual({ job: "n", change: { target: { agent: 12 } } });
  });

  it.each([
    [{ agent: "a", payload: 1, awaitReply: true }, ["--payload", "2"], { agent: "a", payload: 2, awaitReply: true }],
    [{ agent: "a", payload: 1 }, ["--payload", "null"], { agent: "a", payload: null }],
    [{ agent: "a", payload: 1 }, ["--await-reply"], { agent: "a", payload: 1, awaitReply: true }],
    [{ agent: "a", payload: 1 }, ["--agent", "b"], { agent: "b", payload: 1 }],
    [{ agent: "a", payload: 1, awaitReply: true }, ["--topic", "t"], { topic: "t", payload: 1 }],
    [{ topic: "t", payload: 1 }, ["--tool", "x.y"], { tool: "x.y" }],
    [{ tool: "x.y", input: { a: 1 } }, ["--payload", '{"a":2}'], { tool: "x.y", input: { a: 2 } }],
    [{ tool: "x.y", input: { a: 1 } }, ["--tool", "x.z"], { tool: "x.z", input: { a: 1 } }],
  ] as const)("keeps of the target %j what %j leaves out", async (target, words, expected) => {
    expect(await edited(target, ...words)).toEqual({ job: "n", change: { target: expected } });
  });

  it("awaits no reply of a topic that a job tells", async () => {
    await expect(edited({ topic: "t", payload: 1 }, "--await-reply")).rejects.toMatchObject({ code: "API_USAGE" });
  });

  it.each([
    [["add", "n", "--topic", "t"], "--every or --cron is missing"],
    [["add", "n", "--every", "1m"], "--agent, --topic or --tool is missing"],
    [["add", "n", "--every", "1m", "--cron", "* * * * *", "--topic", "t"], "exclude each other"],
    [["add", "n", "--every", "1m", "--topic", "t", "--tool", "x"], "exclude each other"],
    [["add", "n", "--every", "soon", "--topic", "t"], "--every must be a number with ms, s, m, h or d"],
    [["add", "n", "--every", "1m", "--tz", "UTC", "--topic", "t"], "--tz needs --cron"],
    [["add", "n", "--every", "1m", "--topic", "t", "--payload", "{"], "--payload is not JSON"],
    [["add", "n", "--every", "1m", "--topic", "t", "--await-reply"], "--await-reply needs --agent"],
    [["edit", "n"], "nothing to change"],
    [["add", "n", "--every", "1m", "--payload", "x"], "--payload needs"],
  ])("refuses %j", (words, reason) => {
    expect(refusal(...words)).toContain(reason);
  });
});

describe("what is shown of cron jobs", () => {
  const run = {
    due: 1_700_000_000_000,
    trigger: "schedule",
    startedAt: 1_700_000_000_010,
    finishedAt: 1_700_000_000_030,
  };
  const job = {
    id: "0198c0de-0000-7000-8000-000000000001",
    name: "beat",
    schedule: { everyMs: 300_000 },
    target: { agent: "reporter" },
    enabled: true,
    nextRun: 1_700_000_120_000,
    running: 0,
    lastRun: { ...run, outcome: "failed", error: "IPC_TIMEOUT" },
  };

  it("lists when each runs next and how it went last", async () => {
    const text = await show("cron list", { jobs: [job, { ...job, name: "off", enabled: false, lastRun: null }] });
    for (const part of ["beat", "every 5 min", "agent reporter", "in 1 min", "failed: IPC_TIMEOUT", "disabled"]) {
      expect(text).toContain(part);
    }
    expect(await show("cron list", { jobs: [] })).toContain("weaver cron add --help");
  });

  it("shows runs with how long they took, and what was missed", async () => {
    const missed = { ...run, trigger: "missed", outcome: "skipped", error: "missed", missed: 4 };
    const text = await show("cron history", { job: "beat", runs: [{ ...run, outcome: "ok" }, missed] });
    for (const part of ["2023-11-14 22:13:20Z", "20 ms", "skipped: missed (and 4 more missed)"]) {
      expect(text).toContain(part);
    }
    expect(await show("cron history", { job: "beat", runs: [] })).toBe("beat has not run yet");
    expect(await show("cron run", { ...run, outcome: "ok" })).toBe("ok after 20 ms");
    const asked = await show("cron run", { ...run, outcome: "failed", error: "APPROVAL_PENDING", waits: "0198" });
    expect(asked).toMatch(/^a person is asked: it has not run/);
    expect(asked).toMatch(/run it once +weaver approvals approve 0198\n/);
    const denied = await show("cron run", { ...run, outcome: "failed", error: "GOVERNANCE_DENIED" });
    expect(denied).toBe(
      "failed: GOVERNANCE_DENIED after 20 ms\nwhy: weaver chain query --kind governance.deny --newest --limit 1",
    );
  });

  it("shows all of one job", async () => {
    const text = await show("cron show", job);
    for (const part of ["enabled, 0 running", "2023-11-14 22:15:20Z", job.id]) expect(text).toContain(part);
  });
});
