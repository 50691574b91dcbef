import { fc, test } from "@fast-check/vitest";
import type { JsonValue } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { commands } from "../../../src/commands/command-table.ts";
import { plainContext as context } from "./plain-context.ts";

async function show(name: string, result: JsonValue): Promise<string> {
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined || !("method" in command)) throw new Error(`${name} has no view`);
  return (await command.view()).view(result, context);
}

const agent = {
  pid: 1001,
  name: "reader",
  state: "running",
  parent: 1000,
  backend: "worker",
  restarts: 1,
  startedAt: 1_700_000_000_000,
  exit: null,
};

describe("what commands show of standing grants", () => {
  const grant = {
    id: "0198c0de-0000-7000-8000-000000000001",
    state: "standing",
    action: "process.spawn",
    resource: "agent:reader",
    agent: "fleet",
    subject: { kind: "process", id: "1000" },
    standing: { kind: "child-spec", name: "reader", digest: "00" },
    answers: [{ principal: "ann", verdict: "approve", at: 1_700_000_000_000 }],
  };

  it("lists each with what it covers and who gave it", async () => {
    const text = await show("approvals grants", { approvals: [grant] });
    for (const part of ["child-spec reader", "process.spawn", "ann", "weaver approvals revoke <id>"])
      expect(text).toContain(part);
    expect(await show("approvals grants", { approvals: [] })).toBe("no grant stands");
  });

  it.each([
    [{ counts: true, uncounted: [] }, /COUNTS\n.* yes\n\nwhat/],
    [{ counts: true, uncounted: ["bob"] }, / yes\n\n0198\S+: bob may give it no more; the others are enough\n/],
    [{ counts: false, uncounted: ["ann"] }, / no\n\n0198\S+ covers nothing now: ann may give it no more\n/],
    [{ counts: false, uncounted: [] }, /covers nothing now: fewer gave it than the rules ask for by now\n/],
  ])("says of each whether it covers anything now: %j", async (more, expected) => {
    expect(await show("approvals grants", { approvals: [{ ...grant, ...more }] })).toMatch(expected);
  });

  it("says what a revocation and a change mean", async () => {
    expect(await show("approvals revoke", { approval: { ...grant, state: "revoked" } })).toContain(
      "revoked: process.spawn under the child-spec reader",
    );
    expect(await show("approvals watch", { approvals: [{ ...grant, state: "pending" }], next: 1 })).toBe(
      "0198c0de-0000-7000-8000-000000000001  pending   fleet (process 1000)  process.spawn on agent:reader",
    );
    expect(await show("approvals watch", { approvals: [], next: 1 })).toBe("");
  });
});

describe("what commands show", () => {
  it("kernel ps draws the tree below the kernel, and why an agent ended", async () => {
    const agents = [
      { ...agent, pid: 1000, name: "coordinator", parent: 0, backend: "inline", restarts: 0 },
      agent,
      { ...agent, pid: 1002, state: "exited", exit: { kind: "crash", error: "boom", code: null } },
    ];
    expect((await show("kernel ps", { agents })).split("\n")).toEqual([
      " PID  PROCESS         STATE    BACKEND  RESTARTS  AGE    EXIT",
      "   0  kernel          running  -               -  -",
      "1000  └─ coordinator  running  inline          0  1 min",
      "1001     ├─ reader    running  worker          1  1 min",
      "1002     └─ reader    exited   worker          1  1 min  crash: boom",
    ]);
  });

  it("tells which limit ended an agent, and cuts a long message where there are columns", async () => {
    const exited = (exit: object) => ({ ...agent, state: "exited", exit }) as never;
    const error = "x".repeat(200);
    const rows = await show("agent list", {
      agents: [
        exited({ kind: "limit", limit: "memoryBytes" }),
        exited({ kind: "supervisor", cause: "watchdog" }),
        exited({ kind: "crash", error }),
      ],
    });
    expect(rows).toMatch(/ exited .* limit: memoryBytes\n/);
    expect(rows).toMatch(/ exited .* supervisor: watchdog\n/);
    expect(rows.split("\n").at(-1)).toMatch(/ crash: x+…$/);
    expect(await show("agent inspect", exited({ kind: "crash", error }))).toContain(error);
  });

  it("agent list is one line each, and says when there is none", async () => {
    expect(
      (await show("agent list", { agents: [{ ...agent, activity: { kind: "waiting", on: "reply" } }] })).split("\n"),
    ).toEqual([
      " PID  AGENT   STATE    ACTIVITY         PARENT  BACKEND  RESTARTS  AGE",
      "1001  reader  running  waiting (reply)    1000  worker          1  1 min",
    ]);
    expect(await show("agent list", { agents: [] })).toBe("no agents run");
  });

  it("agent inspect says what it may do and what confines it", async () => {
    const capabilities = {
      canSpawn: false,
      canIpc: true,
      canExecTools: true,
      canNetwork: true,
      ipcScope: { kind: "restricted", pids: [7] },
      tools: { allow: ["fs.*"], deny: ["fs.remove"] },
      files: { read: ["/docs"], write: [], own: [], deny: [] },
    };
    const limits = { diskBytes: 104_857_600, memoryBytes: 0, wallMs: 90_000, messages: 7 };
    const text = await show("agent inspect", {
      ...agent,
      capabilities,
      confined: [],
      limits,
      defaultLimits: ["diskBytes"],
      agency: "service",
      restart: { type: "permanent", maxRestarts: 5, withinMs: 60_000, used: 2 },
      probes: { liveness: { request: "ok?", intervalMs: 5000 } },
      topics: ["news.*"],
      usage: { mailbox: 3 },
      mailboxLimit: 1024,
      elevations: [{ rights: { tools: { allow: ["fs.*"] }, canNetwork: true }, until: 1_700_000_060_000 }],
    });
    expect(text).toMatch(/restarts +1\n +started again after any end, at most 5 times in 1 min \(2 used\)\n/);
    expect(text).toMatch(
      /role +service\nprobes +liveness every 5 s\ntopics +news\.\*\nmailbox +3 of at most 1024 wait\n/,
    );
    expect(text).toContain("elevated  until 2023-11-14 22:14:20Z: call tools: fs.*, use the network\n");
    expect(text).toContain("disk 100 MiB (default), memory unlimited, wall 90 s, messages 7");
    expect(text).toContain("send messages to 7\n");
    expect(text).toContain("call tools: fs.*, but not fs.remove");
    expect(text).toContain("files (read): /docs");
    expect(text).toContain("its code is trusted");
  });

  it("budget tree has a line for each unit where the terminal is too narrow for one", async () => {
    const grant = { tokens: 50_000, moneyMicros: 1_250_000, toolCalls: 30 };
    const none = { grant: {}, spent: {}, held: {}, lent: {}, remaining: {} };
    const clerk = { ...none, id: 1, parent: 0, owner: "clerk", grant, spent: { toolCalls: 30 } };
    const left = { ...grant, toolCalls: 0 };
    const accounts = [
      { ...none, id: 0, parent: null, owner: "kernel" },
      { ...clerk, remaining: left },
    ];
    expect((await show("budget tree", { accounts })).split("\n")).toEqual([
      "BUDGET    GRANT           SPENT     HELD  LENT  LEFT",
      "kernel    without bounds  -         -     -",
      "└─ clerk  tokens 50000    tools 30  -     -     tokens 50000",
      "          money 1.25                            money 1.25",
      "          tools 30                              tools 0",
    ]);
  });

  it("kernel status of a running kernel and of a stopped one", async () => {
    const running = await show("kernel status", {
      pid: 42,
      state: "running",
      version: "0.1.0",
      environment: "development",
      uptimeMs: 65_000,
      dir: "/state",
      features: ["exochain", "api"],
      processes: 3,
      decisions: { permit: 5, defer: 1, deny: 2 },
    });
    expect(running).toContain("pid          42");
    expect(running).toContain("1 min 5 s");
    expect(running).toContain("5 permit, 1 defer, 2 deny");
    const stopped = await show("kernel status", {
      pid: null,
      state: "stopped",
      dir: "/state",
      note: "its last kernel was shut down",
      chain: { sequence: 9, head: "ab" },
    });
    expect(stopped).toContain("sequence 9, head ab");
    expect(stopped).toContain("weaver kernel start");
    expect(stopped).not.toContain("pid");
  });

  it("chain verify gives the verdict first and each fault with its place", async () => {
    const fault = { code: "CHAIN_HASH", file: "chain/0.rvf", offset: 77, sequence: 3, reason: "the hash differs" };
    const bad = await show("chain verify", {
      valid: false,
      events: 3,
      head: "aa",
      tail: "open",
      checkpoint: 0,
      faults: [fault],
      faultCount: 4,
    });
    expect(bad.split("\n")[0]).toBe("the chain is INVALID");
    expect(bad).toMatch(/CHAIN_HASH +3 +chain\/0\.rvf +77 +the hash differs/);
    expect(bad).toContain("and 3 more");
    const good = await show("chain verify", {
      valid: true,
      events: 3,
      head: "aa",
      assurance: "signed",
      tail: "closed",
      checkpoint: 3,
      keys: "same",
      faults: [],
    });
    expect(good.split("\n")[0]).toBe("the chain is VALID");
    expect(good).toContain("compared: those that were given are the chain's");
    expect(good).toContain("weaver chain verify --head aa");
  });

  const approval = {
    id: "0198",
    state: "pending",
    agent: "assistant",
    action: "net.post",
    subject: { kind: "process", id: "1004" },
    resource: "http://127.0.0.1:1/in",
    reason: "GOV-002 asks a person",
    rules: ["GOV-002"],
    quorum: 1,
    createdAt: 1,
    expiresAt: 1_700_000_120_000,
    answers: [],
    digest: "dd",
    to: "approver",
    effect: { risk: 0.5, fairness: 0, privacy: 0.3, novelty: 0, security: 0.4 },
    choices: ["approve", "approve-standing", "deny"],
  };

  it("approvals list shows who wants what, until when, and how to answer", async () => {
    const text = await show("approvals list", { approvals: [approval] });
    expect(text).toMatch(/0198 +assistant \(process 1004\) +net\.post +http:\/\/127\.0\.0\.1:1\/in +in 1 min/);
    const id = "0198c0de-0000-7000-8000-000000000001";
    const long = { ...approval, id, resource: `/srv/${"deep/".repeat(20)}` };
    const both = await show("approvals list", { approvals: [long, { ...long, state: "used" }] });
    expect(both).toMatch(/0001 +pending +assist\S*.*…/);
    for (const line of both.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    const standing = { ...long, state: "standing", action: "environment.switch" };
    for (const line of (await show("approvals list", { approvals: [standing] })).split("\n"))
      expect(line.length).toBeLessThanOrEqual(80);
    expect(text).toContain("weaver approvals approve <id>");
    expect(await show("approvals list", { approvals: [] })).toBe("nobody waits for an approval");
  });

  it.each([
    [
      "pending",
      { choices: ["approve", "approve-standing", "deny"] },
      /may stand +for the cron-job post, as shown, with --standing\n/,
    ],
    ["standing", { choices: ["revoke"] }, /stands +for the cron-job post, as shown, until it changes or is revoked\n/],
    [
      "revoked",
      { choices: [], revoked: { principal: "ann", at: 1_700_000_000_000, comment: "no more" } },
      /revoked +by ann at .*: no more\n/,
    ],
    ["used", { choices: [] }, /answers +1 of 1\n/],
  ])(
    "approvals show tells of one that is %s what became of it, and no end that it does not have",
    async (state, more, expected) => {
      const answers = [{ principal: "bob", verdict: "approve", comment: "", at: 1_700_000_000_000 }];
      const standing = { kind: "cron-job", name: "post", digest: "ff" };
      const text = await show("approvals show", {
        ...approval,
        answers,
        standing,
        ...more,
        state,
        request: approval,
        display: "x",
      });
      expect(text).toMatch(expected);
      expect(/^expires/m.test(text)).toBe(state === "pending");
      expect(text.includes("weaver approvals revoke 0198")).toBe(state === "standing");
    },
  );

  it("approvals show prints a child spec or a manifest once, where it is all that is asked", async () => {
    const spec = '{\n  "agent": "reporter"\n}';
    const shownOf = async (display: string) =>
      await show("approvals show", {
        ...approval,
        request: approval,
        display: `${display}\nunder the child-spec reporter:\n${spec}`,
      });
    const once = await shownOf(spec);
    expect(once.split('"agent": "reporter"')).toHaveLength(2);
    expect(once).toContain("under the child-spec reporter: all of the above\n");
    const manifest = { ...approval, request: approval, display: `${spec}\nunder the manifest m:\n${spec}` };
    expect(await show("approvals show", manifest)).toMatch(
      /reporter"\n +\}\n +under the manifest m: all of the above\n/,
    );
    expect((await shownOf(`${spec} `)).split('"agent": "reporter"')).toHaveLength(3);
  });

  it("approvals show prints exactly what is asked, with its lines and without its control characters", async () => {
    const { action, subject, resource } = approval;
    const text = await show("approvals show", {
      ...approval,
      request: { action, subject, resource, attributes: {} },
      display: "POST /in\n\u001b[2Jsecret.md (12 bytes)",
    });
    expect(text).toContain("asks      POST /in\n          \\u{1b}[2Jsecret.md (12 bytes)");
    expect(text).toContain("weaver approvals deny 0198");
    expect(text).toContain("weaver approvals approve 0198 --standing");
    expect(text).toMatch(/effect +risk 0\.5, privacy 0\.3, security 0\.4\n/);
    expect(text).toMatch(/of whom +whoever has the role approver\n/);
  });

  it.each([
    [{ next: "resumed" }, "approved", "goes on now"],
    [{ next: "awaits-requester" }, "approved", "may now do the same again, once"],
    [{ next: "awaits-resume" }, "approved", "runs it, once, when an operator resumes it"],
    [{ next: "ran", outcome: "ok" }, "used", "it succeeded"],
    [{ next: "ran", outcome: "failed", error: "TOOL_FAILED" }, "used", "it failed: TOOL_FAILED"],
    [{ next: "none" }, "denied", "nothing runs"],
    [{ next: "none" }, "pending", "more approvers are needed"],
  ])("an answer says what happened next: %j", async (after, state, expected) => {
    expect(await show("approvals approve", { approval: { ...approval, state }, ...after })).toContain(expected);
  });

  it("governance rules says of a stayed permit who holds it back, why, and of which finding", async () => {
    const stay = { by: "ann", reason: "spawns without end", at: 1_700_000_000_000, finding: 42 };
    const rule = { id: "GOV-006", outcome: { kind: "permit" }, severity: "blocking", active: false, stay };
    expect(await show("governance rules", { rules: [rule], rule: null })).toMatch(/GOV-006 +permit \(stayed\)/);
    expect(await show("governance rules", { rules: [rule], rule: "GOV-006" })).toContain(
      "permit, stayed by ann since 2023-11-14 22:13:20Z, until it is lifted: spawns without end (finding 42)",
    );
    expect(await show("governance stay", { id: "GOV-006", ...stay })).toMatch(
      /^GOV-006 permits no more: stayed by ann: spawns without end \(finding 42\)\n.*weaver governance lift GOV-006$/,
    );
  });

  it("governance explain says of what ran by an approval what it was, beside what the rules alone said", async () => {
    const decision = { verdict: "defer", reason: "approved by bob", ran: true, request: {} };
    expect(await show("governance explain", { decision })).toContain(
      "permit: approved by bob; the rules alone: defer\n",
    );
    expect(await show("governance explain", { decision: { ...decision, ran: false } })).toContain(
      "defer: approved by bob\n",
    );
  });

  it("action show tells of an event that is no action what it says, without a verdict", async () => {
    const proof = { sequence: 7, hash: "ab", checkpoint: null };
    const event = {
      who: "kernel:0",
      kind: "kernel.boot",
      outcome: "recorded",
      result: { version: "1" },
      events: [7],
      proof,
    };
    const text = await show("action show", event);
    for (const part of ["what    kernel.boot: an event, and no guarded action", "says    version: 1", "hash    ab"])
      expect(text).toContain(part);
    expect(text).not.toMatch(/verdict|rule|outcome/);
  });

  it("agent send prints a text as it is and JSON indented", async () => {
    expect(await show("agent send", { id: "a", payload: "hi" })).toBe("hi");
    expect(await show("agent send", { id: "a", payload: { n: 1 } })).toBe('{\n  "n": 1\n}');
    expect(await show("agent send", { id: "a", status: "delivered" })).toContain("delivered as message a");
  });

  it("kernel logs is one line an event", async () => {
    const events = [{ index: 1, time: 3_723_004, phase: "init", level: "warn", source: "kernel", message: "hello\n" }];
    expect(await show("kernel logs", { events })).toBe("01:02:03.004  warn   kernel      hello\\u{a}");
  });
});

describe("every view", () => {
  const names = commands.flatMap((command) => ("method" in command ? [command.name] : []));

  test.prop([fc.constantFrom(...names), fc.jsonValue()])(
    "shows whatever a daemon of another version sends, without a control character",
    async (name, result) => {
      expect(await show(name, result as JsonValue)).not.toMatch(/(?!\n)\p{Cc}/u);
    },
  );
});
