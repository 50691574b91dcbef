import { describe, expect, it } from "vitest";
import { ENVIRONMENTS, GENESIS_RULES, makePolicy } from "../../../src/index.ts";
import { genesisPolicy } from "../../../src/policy/genesis-rules.ts";
import { type Asked, ask, genesis, idsOf } from "./subject-of-tests.ts";

interface Row extends Asked {
  readonly what: string;
  readonly verdict: "permit" | "defer" | "deny";
  /** Whether the rule of the table is among those that matched. */
  readonly matches: boolean;
}

const { development, staging, production } = ENVIRONMENTS;
const remove = { action: "fs.remove", effect: { risk: 0.7, security: 0.3 } };

const tables: Readonly<Record<string, readonly Row[]>> = {
  "GOV-001": [
    {
      what: "a folder of others",
      ...remove,
      attributes: { kind: "folder", own: false },
      verdict: "deny",
      matches: true,
    },
    {
      what: "a folder of its own",
      ...remove,
      attributes: { kind: "folder", own: true },
      verdict: "permit",
      matches: false,
    },
    {
      what: "a file of others",
      ...remove,
      attributes: { kind: "file", own: false },
      verdict: "permit",
      matches: false,
    },
    { what: "something of unknown kind", ...remove, attributes: {}, verdict: "deny", matches: true },
    { what: "a folder of unknown owner", ...remove, attributes: { kind: "folder" }, verdict: "deny", matches: true },
    {
      what: "an ownership that is no truth value",
      ...remove,
      attributes: { kind: "folder", own: "true" },
      verdict: "deny",
      matches: true,
    },
    {
      what: "reading a folder",
      action: "fs.read",
      attributes: { kind: "folder", own: false },
      verdict: "permit",
      matches: false,
    },
  ],
  "GOV-002": [
    { what: "a post", action: "net.post", effect: { security: 0.4 }, verdict: "defer", matches: true },
    { what: "any action below net", action: "net.socket.open", verdict: "defer", matches: true },
    { what: "a name that only begins alike", action: "network.list", verdict: "permit", matches: false },
  ],
  "GOV-003": [
    { what: "privacy at the limit", action: "x.y", effect: { privacy: 0.2 }, verdict: "permit", matches: false },
    { what: "privacy just over", action: "x.y", effect: { privacy: 0.2000001 }, verdict: "permit", matches: true },
  ],
  "GOV-004": [
    { what: "novelty at the limit", action: "x.y", effect: { novelty: 0.3 }, verdict: "permit", matches: false },
    { what: "novelty just over", action: "x.y", effect: { novelty: 0.3000001 }, verdict: "permit", matches: true },
    {
      what: "novelty over the threshold, which a record does not lift",
      action: "x.y",
      effect: { novelty: 0.91 },
      verdict: "deny",
      matches: true,
    },
  ],
  "GOV-005": [
    { what: "a write at the limit", action: "fs.write", effect: { risk: 0.3 }, verdict: "permit", matches: false },
    { what: "a write just over", action: "fs.write", effect: { risk: 0.3000001 }, verdict: "permit", matches: true },
    { what: "a read as risky", action: "fs.read", effect: { risk: 0.4 }, verdict: "permit", matches: false },
  ],
  "GOV-006": [
    {
      what: "a spawn by an agent",
      action: "process.spawn",
      effect: { risk: 0.5 },
      environment: production,
      verdict: "permit",
      matches: true,
    },
    {
      what: "a spawn by another node",
      action: "process.spawn",
      effect: { risk: 0.5 },
      subject: { kind: "node", id: "n" },
      environment: production,
      verdict: "defer",
      matches: false,
    },
    {
      what: "a spawn just over the most",
      action: "process.spawn",
      effect: { risk: 0.51 },
      environment: production,
      verdict: "defer",
      matches: true,
    },
  ],
  "GOV-007": [
    { what: "a message", action: "ipc.send", environment: production, verdict: "permit", matches: true },
    { what: "a publication", action: "ipc.publish", environment: production, verdict: "permit", matches: true },
    { what: "something else", action: "tool.call", environment: production, verdict: "permit", matches: false },
  ],
  "SOP-L001": [
    {
      what: "a magnitude at the limit",
      action: "x.y",
      effect: { risk: 0.6, security: 1, privacy: 0 },
      verdict: "deny",
      matches: false,
    },
    {
      what: "a magnitude over it",
      action: "x.y",
      effect: { risk: 0.9, security: 0.9 },
      verdict: "defer",
      matches: true,
    },
    {
      what: "a magnitude over it, where nobody is asked and the most is 1",
      action: "x.y",
      effect: { risk: 0.9, security: 0.9 },
      environment: staging,
      verdict: "deny",
      matches: true,
    },
  ],
  "SOP-L002": [
    { what: "an app without version", action: "app.install", verdict: "permit", matches: true },
    {
      what: "an app with its version",
      action: "app.install",
      attributes: { version: "1.2.0" },
      verdict: "permit",
      matches: false,
    },
  ],
  "SOP-L003": [
    { what: "fairness at the limit", action: "x.y", effect: { fairness: 0.3 }, verdict: "permit", matches: false },
    { what: "fairness just over", action: "x.y", effect: { fairness: 0.31 }, verdict: "permit", matches: true },
  ],
  "SOP-L004": [
    { what: "a release", action: "app.upgrade", verdict: "permit", matches: true },
    { what: "a start", action: "app.start", verdict: "permit", matches: false },
  ],
  "SOP-L005": [
    { what: "privacy at the limit", action: "x.y", effect: { privacy: 0.6 }, verdict: "permit", matches: false },
    { what: "privacy just over", action: "x.y", effect: { privacy: 0.61 }, verdict: "defer", matches: true },
  ],
  "SOP-L006": [
    { what: "risk at the limit", action: "x.y", effect: { risk: 0.6 }, verdict: "permit", matches: false },
    { what: "risk just over", action: "x.y", effect: { risk: 0.61 }, verdict: "permit", matches: true },
  ],
  "SOP-E001": [
    { what: "a shell", action: "shell.exec", verdict: "permit", matches: true },
    { what: "a tool", action: "tool.call", verdict: "permit", matches: false },
  ],
  "SOP-E002": [
    {
      what: "a deployment in production",
      action: "tool.deploy",
      attributes: { version: "1" },
      environment: production,
      verdict: "defer",
      matches: true,
    },
    {
      what: "a deployment in staging",
      action: "tool.deploy",
      attributes: { version: "1" },
      environment: staging,
      verdict: "permit",
      matches: false,
    },
  ],
  "SOP-E003": [
    {
      what: "a kill by a person",
      action: "process.kill",
      subject: { kind: "principal", id: "ada" },
      verdict: "permit",
      matches: true,
    },
    {
      what: "a kill by the kernel",
      action: "process.kill",
      subject: { kind: "kernel", id: "0" },
      verdict: "permit",
      matches: false,
    },
    { what: "a revocation", action: "token.revoke", verdict: "permit", matches: true },
  ],
  "SOP-E004": [
    { what: "a stop", action: "process.stop", verdict: "permit", matches: true },
    { what: "a suspension", action: "process.suspend", verdict: "permit", matches: false },
  ],
  "SOP-E005": [
    { what: "a model call", action: "model.call", verdict: "permit", matches: true },
    { what: "a local tool", action: "tool.call", verdict: "permit", matches: false },
  ],
  "SOP-J001": [
    { what: "fairness at the limit", action: "x.y", effect: { fairness: 0.6 }, verdict: "permit", matches: false },
    { what: "fairness just over", action: "x.y", effect: { fairness: 0.61 }, verdict: "defer", matches: true },
  ],
  "SOP-J002": [
    {
      what: "novelty over the limit without a reason",
      action: "x.y",
      effect: { novelty: 0.51 },
      verdict: "permit",
      matches: true,
    },
    {
      what: "the same with a reason",
      action: "x.y",
      effect: { novelty: 0.51 },
      attributes: { reason: "asked for" },
      verdict: "permit",
      matches: false,
    },
    { what: "novelty at the limit", action: "x.y", effect: { novelty: 0.5 }, verdict: "permit", matches: false },
  ],
  "SOP-J003": [
    { what: "a switch of models", action: "model.switch", verdict: "permit", matches: true },
    { what: "a model call", action: "model.call", verdict: "permit", matches: false },
  ],
  "SOP-J004": [
    {
      what: "an answer to an approval",
      action: "approval.answer",
      environment: production,
      verdict: "permit",
      matches: true,
    },
    { what: "a checkpoint", action: "chain.checkpoint", environment: production, verdict: "permit", matches: true },
    { what: "a tool", action: "tool.call", verdict: "permit", matches: false },
  ],
};

describe("the genesis rules", () => {
  it("has a decision table for each rule", () => {
    expect(Object.keys(tables).sort()).toEqual(GENESIS_RULES.map((rule) => rule.id).sort());
  });

  for (const [id, rows] of Object.entries(tables)) {
    for (const row of rows) {
      it(`${id}: ${row.what} gives ${row.verdict}`, () => {
        const decision = ask({ environment: development, ...row });
        expect({ verdict: decision.verdict, matches: idsOf(decision).includes(id) }).toEqual({
          verdict: row.verdict,
          matches: row.matches,
        });
      });
    }
  }

  it.each<[string, readonly string[], readonly string[]]>([
    ["GOV-001", ["fs.remove"], ["fs.removed", "fs.remove.all", "fs.write"]],
    ["GOV-002", ["net.post", "net.a.b"], ["net", "netx.post"]],
    [
      "GOV-005",
      ["fs.write", "fs.write_file", "fs.copy", "fs.move", "fs.create_dir", "fs.remove"],
      ["fs.read", "fs.stat", "fs.write.x"],
    ],
    ["GOV-006", ["process.spawn"], ["process.stop", "process.spawn.x"]],
    ["GOV-007", ["ipc.send", "ipc.publish", "ipc.signal"], ["ipcx.send"]],
    ["SOP-L002", ["app.install", "app.upgrade", "tool.deploy", "container.run"], ["app.remove", "tool.call"]],
    ["SOP-L004", ["app.install", "app.upgrade", "tool.deploy"], ["container.run"]],
    [
      "SOP-E001",
      ["shell.run", "wasm.run", "container.run", "tool.deploy", "plugin.load"],
      ["tool.call", "app.install"],
    ],
    ["SOP-E002", ["app.install", "app.upgrade", "tool.deploy", "container.run"], ["app.remove", "tool.revoke"]],
    ["SOP-E003", ["process.kill", "principal.revoke", "tool.revoke"], ["process.stop", "revoke", "a.b.revoke"]],
    ["SOP-E004", ["process.stop", "app.remove", "container.remove", "tool.revoke"], ["process.kill"]],
    ["SOP-E005", ["model.call", "mcp.mount", "app.install", "plugin.install"], ["plugin.load", "tool.call"]],
    ["SOP-J003", ["model.switch", "model.update", "ecc.calibration.run"], ["model.call", "ecc.tick"]],
    ["SOP-J004", ["approval.answer", "approval.revoke", "chain.checkpoint", "chain.redact"], ["chains.read"]],
  ])("%s speaks of %j, not of %j", (id, spoken, others) => {
    // Risky enough for the rules that ask for an effect too, and said by a principal in production.
    const matched = (action: string): boolean =>
      idsOf(
        ask({
          action,
          effect: { risk: 0.4 },
          attributes: { kind: "folder" },
          subject: { kind: "principal", id: "ann", role: "admin" },
          environment: production,
        }),
      ).includes(id);
    expect(spoken.filter((action) => !matched(action))).toEqual([]);
    expect(others.filter(matched)).toEqual([]);
  });

  it("are 22: 8 legislative, 7 executive, 7 judicial; 7 blocking, 9 warning, 6 advisory; 15 with a category and a reference", () => {
    const count = (test: (rule: (typeof genesis.rules)[number]) => boolean): number =>
      genesis.rules.filter(test).length;
    expect(genesis.rules).toHaveLength(22);
    expect(["legislative", "executive", "judicial"].map((branch) => count((rule) => rule.branch === branch))).toEqual([
      8, 7, 7,
    ]);
    expect(
      ["blocking", "warning", "advisory", "critical"].map((severity) => count((rule) => rule.severity === severity)),
    ).toEqual([7, 9, 6, 0]);
    expect(count((rule) => rule.sopCategory !== undefined && rule.referenceUrl !== undefined)).toBe(15);
  });

  it("are, with their defaults, what the schema makes of them", () => {
    expect(genesisPolicy()).toEqual(makePolicy(GENESIS_RULES));
  });

  it("name the refused removal in words, with the policy that refused it", () => {
    const decision = ask({ ...remove, attributes: { kind: "folder", own: false } });
    expect(decision).toMatchObject({ verdict: "deny", by: "rule", suspend: false, policy: genesis.digest });
    expect(decision.reason).toContain("GOV-001");
  });

  it("defer the network to one approver for a day", () => {
    expect(ask({ action: "net.post" })).toMatchObject({
      verdict: "defer",
      to: "approver",
      quorum: 1,
      expiresMs: 86_400_000,
    });
  });

  it("ask two people for an action of very high effect", () => {
    expect(ask({ action: "x.y", effect: { risk: 1, security: 1 } })).toMatchObject({ verdict: "defer", quorum: 2 });
  });

  for (const environment of [development, staging, production]) {
    it(`let a plain agent spawn, request and reply in ${environment.name}`, () => {
      for (const action of ["ipc.send", "ipc.subscribe", "ipc.publish", "ipc.signal"]) {
        expect(ask({ action, environment, attributes: { pid: 3 } })).toMatchObject({
          verdict: "permit",
          cacheable: true,
          warnings: [],
        });
      }
      const spawn = ask({ action: "process.spawn", effect: { risk: 0.5 }, environment });
      expect(spawn).toMatchObject({ verdict: "permit", warnings: [], cacheable: true });
    });
  }

  it("cache nothing about removals, which depend on what is removed", () => {
    expect(ask({ ...remove, attributes: { kind: "file" } })).toMatchObject({ verdict: "permit", cacheable: false });
  });
});
